// A trial: what was measured of it, which units went, how they were scored, and what each attempt at its stages did.
import { download, find, get, request, sweepPath } from './api.js';
import { changed } from './store.js';
import { Action, Badge, Component, Empty, Problem, Section, Sized, Text, h } from './view.js';
import { Table } from './table.js';
import { Lines, Values, scale } from './plots.js';
import { curves } from './training.js';
import { brief, clean, cut, duration, number, percent, time } from './format.js';
import { SweepData, titleOf } from './sweepdata.js';
import { Seldom } from './store.js';
import { structures } from './scores.js';
import { link } from './route.js';

const DOWNLOADS = ['recipe', 'compensation', 'adapter', 'scores', 'checkpoint'];
const LINES = 200;

export class TrialPage {
  constructor(sweep, index) {
    this.sweep = sweep;
    this.index = Number(index);
    this.title = `Trial ${clean(index)}`;
    this.data = new SweepData(sweep);
    this.logs = new Map();
    this.again = new Seldom(2000, () => this.readStory());
  }

  start() {
    this.data.start().then(() => this.heardWith());
    this.again.ask();
  }

  /** Its story is read again when an event concerns it, not from time to time. */
  heardWith() {
    const { data } = this;
    const hear = data.hear.bind(data);
    data.hear = event => {
      hear(event);
      if (event.event !== 'stage-progress' && Date.parse(event.time) > data.loaded - 1000 && (event.trial === this.index || event.trials?.includes?.(this.index))) this.again.ask();
    };
  }

  stop() {
    this.data.stop();
    this.again.stop();
  }

  async readStory() {
    try {
      this.story = await get(`${sweepPath(this.sweep)}/trials/${this.index}`);
      this.problem = undefined;
    } catch (problem) {
      this.problem = problem.message;
    }
    const recipe = this.story?.stages.find(stage => stage.kind === 'pruning');
    if (recipe?.status === 'done' && !this.recipe) {
      this.recipeKey = recipe.stage;
      this.recipe = await find(`artifacts/${recipe.stage}/files/recipe.json`).catch(() => undefined);
    }
    changed();
  }

  async readLog(stage) {
    const answer = await find(`logs?stage=${stage}&sweep=${encodeURIComponent(this.sweep)}&lines=${LINES}`).catch(problem => ({ lines: [], silent: [problem.message] }));
    this.logs.set(stage, answer ?? { lines: [], silent: [] });
    changed();
  }

  async readScores(trial) {
    try {
      const file = await request(`artifacts/${trial.stages.scores}/files/scores.safetensors`);
      this.scores = structures(await file.arrayBuffer(), trial.point.criterion, trial.point.aggregation, this.recipe.groups);
    } catch (problem) {
      this.scoresProblem = problem.message;
    }
    changed();
  }

  view() {
    const { story, data } = this;
    const trial = data.trials[this.index];
    const last = data.total - 1;
    return [
      h('p', { class: 'notes' }, h('a', { href: link('') }, 'Overview'), ' › ', h('a', { href: link(`sweep/${this.sweep}`, { tab: 'trials' }) }, h(Text, { of: data.name ?? this.sweep, most: 80 })), ' › ',
        this.index > 0 && h('a', { href: link(`sweep/${this.sweep}/trial/${this.index - 1}`) }, 'previous trial'), this.index > 0 && this.index < last && ' · ', this.index < last && h('a', { href: link(`sweep/${this.sweep}/trial/${this.index + 1}`) }, 'next trial')),
      h('h1', { tabIndex: -1 }, `Trial ${this.index}`),
      h(Problem, { of: this.problem ?? data.problem }),
      story && h('div', null, h('p', null, h(Badge, { status: story.status }), ' ', h(Text, { of: story.words, most: 600 })), h(Problem, { of: story.reason })),
      trial && this.measured(trial),
      this.recipe && this.removed(trial),
      trial && this.losses(trial),
      story && h(Section, { id: 'stages', title: 'Stages' }, story.stages.map(stage => this.stage(stage))),
      trial && h(Section, { id: 'downloads', title: 'Downloads' }, h('div', { class: 'controls' },
        DOWNLOADS.filter(role => data.stages.get(trial.stages[role])?.status === 'done').map(role => h(Action, { key: role, label: `Download ${role}`, act: () => download(`artifacts/${trial.stages[role]}`, `trial-${this.index}-${role}.zip`).catch(problem => { this.problem = problem.message; }) })),
        !DOWNLOADS.some(role => data.stages.get(trial.stages[role])?.status === 'done') && h(Empty, null, 'Nothing yet.')))];
  }

  measured(trial) {
    const roles = new Map();
    for (const [key, value] of Object.entries(trial.metrics)) {
      const at = key.indexOf('.');
      const name = key.slice(at + 1);
      if (!roles.has(name)) roles.set(name, { name });
      roles.get(name)[key.slice(0, at)] = value;
    }
    if (roles.size === 0) return h(Section, { id: 'measured', title: 'Measured' }, h(Empty, null, 'Nothing has been measured yet.'));
    const order = ['before', 'pruning', 'pruned', 'recovery', 'recovered'];
    const columns = [...new Set([...roles.values()].flatMap(row => Object.keys(row)).filter(role => role !== 'name'))].sort((a, b) => (order.indexOf(a) + 99) % 99 - (order.indexOf(b) + 99) % 99);
    return h(Section, { id: 'measured', title: 'Measured' },
      h(Table, { columns: [{ key: 'name', title: 'Metric', cell: row => h(Text, { of: row.name.replaceAll('_', ' '), most: 60 }) }, ...columns.map(role => ({ key: role, title: titleOf(role), numeric: true, value: row => row[role] }))],
        rows: [...roles.values()].sort((a, b) => Object.keys(b).length - Object.keys(a).length), name: row => row.name, label: 'Metrics of the trial' }));
  }

  removed(trial) {
    const { groups, parameters } = this.recipe;
    return h(Section, { id: 'removed', title: 'Removed units' },
      parameters && h('p', null, `${number(parameters.after)} of ${number(parameters.before)} parameters remain (${percent(parameters.after, parameters.before)}).`),
      groups.length ? h(Removed, { groups }) : h(Empty, null, 'The recipe removes nothing.'),
      groups.length > 0 && trial?.stages.scores && (this.scores ? h(Scores, { scores: this.scores, groups }) : h(Action, { label: 'Show the scores', act: () => this.readScores(trial) })),
      h(Problem, { of: this.scoresProblem }));
  }

  losses(trial) {
    if (!trial.stages.adapter && !trial.stages.scratch) return null;
    const lines = curves(this.data, [trial], () => 'recovery');
    return h(Section, { id: 'losses', title: 'Losses' }, lines.length ? h(Lines, { lines, titleX: 'step', titleY: 'loss', label: 'Losses of the recovery' }) : h(Empty, null, 'The recovery has not started.'));
  }

  stage(stage) {
    const log = this.logs.get(stage.stage);
    return h('details', { key: stage.stage, open: stage.status === 'failed' || stage.status === 'running' },
      h('summary', null, h(Badge, { status: stage.status }), ' ', h(Text, { of: stage.words, most: 200 }), stage.reused ? ' (reused)' : stage.seconds ? ` (${duration(stage.seconds)})` : ''),
      stage.attempts.length > 0 && h(Table, { label: `Attempts at ${stage.kind}`, rows: stage.attempts, name: attempt => `${attempt.attempt} ${attempt.begun}`, columns: [
        { key: 'attempt', title: 'Attempt', value: attempt => attempt.attempt },
        { key: 'worker', title: 'Worker', cell: attempt => h(Text, { of: attempt.worker, most: 60 }) },
        { key: 'begun', title: 'Begun', cell: attempt => time(attempt.begun) },
        { key: 'ended', title: 'Ended', cell: attempt => attempt.ended ? time(attempt.ended) : '' },
        { key: 'outcome', title: 'Outcome', cell: attempt => clean(attempt.outcome) }] }),
      stage.attempts.filter(attempt => attempt.reason).map(attempt => h('pre', { key: attempt.attempt, dir: 'auto' }, h(Text, { of: attempt.reason, most: 4000 }))),
      h('p', { class: 'notes' }, 'Key ', h('code', null, stage.stage)),
      stage.attempts.length > 0 && h(Action, { label: log ? 'Read the log again' : 'Show the log', act: () => this.readLog(stage.stage) }),
      log && (log.lines.length ? h('pre', { tabIndex: 0, 'aria-label': `Log of ${stage.kind}` }, log.lines.map(line => logLine(line)).join('\n')) : h(Empty, null, 'No node of the cluster has log lines of it.')),
      log?.silent.length > 0 && h('p', { class: 'notes' }, 'No answer from ', brief(log.silent.join(', '), 300)));
  }
}

function logLine(line) {
  const { time: at, '@timestamp': stamp, level = '', event = '', message = '', ...rest } = line;
  const more = Object.entries(rest).filter(([key]) => !['stage', 'sweep', 'lease', 'trials', 'logger_name', 'thread_name', '@version', 'level_value'].includes(key)).map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return brief([time(at ?? stamp), level, event, message, ...more].filter(Boolean).join(' '), 1000);
}

/** A bar to each structure: how much of it went. */
function Removed({ groups }) {
  return h('figure', null, h(Sized, null, width => {
    const [left, row] = [Math.min(190, width / 3), 18];
    const height = groups.length * row + 6;
    const all = width - left - 60;
    return h('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Share of each structure that was removed; the table below has the numbers' },
      groups.map((group, at) => {
        const y = at * row + 2;
        const share = group.units ? group.removed.length / group.units : 0;
        return h('g', { key: group.name }, h('text', { x: left - 8, y: y + 12, 'text-anchor': 'end' }, cut(group.name, 28)),
          h('rect', { x: left, y, width: all, height: row - 5, fill: 'var(--edge)' }), h('rect', { class: 'bars c1', x: left, y, width: share * all, height: row - 5 }),
          h('text', { x: left + all + 6, y: y + 12 }, `${(100 * share).toFixed(0)} %`));
      }));
  }), h('figcaption', null, 'Share of removed units of each structure.'),
  h(Values, { head: ['structure', 'units', 'removed', 'which'], rows: () => groups.map(group => [group.name, group.units, group.removed.length, brief(group.removed.join(' '), 200)]) }));
}

/** The score of each unit, those that went in another colour. */
class Scores extends Component {
  render({ scores }) {
    const all = scores.flatMap(one => [...one.scores]).filter(value => Number.isFinite(value));
    const log = all.every(value => value >= 0) && all.some(value => value > 0);
    return h('figure', null, h(Sized, null, width => {
      const [left, row] = [Math.min(190, width / 3), 18];
      const height = scores.length * row + 28;
      const x = scale(all, left + 6, width - 14, log);
      const path = (one, at, went) => {
        const parts = [];
        one.scores.forEach((value, unit) => {
          if (one.removed.has(unit) === went && x.has(value)) parts.push(`M${x.at(value).toFixed(1)} ${at * row + (went ? 12 : 7)}v3`);
        });
        return parts.join('');
      };
      return h('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'The scores of units; the table below has their means' },
        x.ticks.map(tick => h('g', { key: tick }, h('path', { class: 'grid', d: `M${x.at(tick)} 0V${height - 22}` }), h('text', { x: x.at(tick), y: height - 6, 'text-anchor': 'middle' }, Number(tick.toPrecision(3)).toString()))),
        scores.map((one, at) => h('g', { key: one.name }, h('text', { x: left - 8, y: at * row + 13, 'text-anchor': 'end' }, cut(one.name, 28)),
          h('path', { class: 'axis c0', style: { stroke: 'var(--c)' }, d: path(one, at, false) }), h('path', { class: 'axis c1', style: { stroke: 'var(--c)' }, d: path(one, at, true) }))));
    }), h('ul', { class: 'legend' }, h('li', { class: 'c0' }, h('i', { 'aria-hidden': 'true' }), 'kept'), h('li', { class: 'c1' }, h('i', { 'aria-hidden': 'true' }), 'removed')),
    h('figcaption', null, 'Score of each unit, aggregated from its members as in the trial.'),
    h(Values, { head: ['structure', 'units', 'mean score of kept units', 'mean score of removed units'], rows: () => scores.map(one => [one.name, one.scores.length, mean(one, false), mean(one, true)]) }));
  }
}

function mean(one, went) {
  const some = [...one.scores].filter((_, unit) => one.removed.has(unit) === went);
  return some.length ? some.reduce((sum, value) => sum + value, 0) / some.length : '';
}
