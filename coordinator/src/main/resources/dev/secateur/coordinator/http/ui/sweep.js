// A sweep: its grid, trials, plots, timeline, stages and files, and what can be done with it.
import { download, find, post, request, sweepPath } from './api.js';
import { changed, update } from './store.js';
import { Action, Badge, Bar, Choice, Empty, Problem, Tabs, Text, h } from './view.js';
import { Table, sorted } from './table.js';
import { HeatMap, Parallel } from './grid.js';
import { Scatter } from './plots.js';
import { Losses, Samples } from './training.js';
import { Stages, Timeline } from './timeline.js';
import { duration, number, percent, plural, time } from './format.js';
import { SweepData, errorOf, lowIsGood, readPlan, titleOf, valueOf } from './sweepdata.js';
import { alter, link } from './route.js';

const TABS = [['', 'Grid'], ['trials', 'Trials'], ['pareto', 'Pareto'], ['parallel', 'Parallel coordinates'], ['timeline', 'Timeline'], ['stages', 'Stages'], ['losses', 'Losses'], ['samples', 'Samples'], ['files', 'Files'], ['about', 'Configuration']];
const ENDED = new Set(['completed', 'stopped', 'cancelled']);

export class SweepPage {
  constructor(id) {
    this.id = id;
    this.title = id;
    this.data = new SweepData(id);
    this.files = undefined;
  }

  start() {
    this.data.start().then(async () => {
      this.title = this.data.name ?? this.id;
      if (this.data.trials.length) this.data.plan = await readPlan(this.id).catch(() => undefined);
      changed();
    });
  }

  stop() {
    this.data.stop();
  }

  moved({ query }) {
    if (['files', 'about', 'samples'].includes(query.get('tab'))) this.readFiles();
  }

  async readFiles() {
    this.files = await find(`${sweepPath(this.id)}/files`).catch(() => []) ?? [];
    const text = async name => this.files.includes(name) ? (await request(`${sweepPath(this.id)}/files/${encodeURIComponent(name)}`)).text() : undefined;
    this.configuration = await text('sweep.conf').catch(() => undefined);
    const results = await text('results.json').catch(() => undefined);
    this.provenance = results && JSON.parse(results).provenance;
    changed();
  }

  view({ query }) {
    const { data } = this;
    if (data.problem && !data.trials.length) return [h('h1', { tabIndex: -1 }, 'Sweep'), h(Problem, { of: data.problem })];
    const tab = query.get('tab') ?? '';
    return [
      h('p', { class: 'notes' }, h('a', { href: link('') }, 'Overview'), ' › ', this.id),
      h('h1', { tabIndex: -1 }, h(Text, { of: data.name ?? this.id, most: 200 })),
      this.head(),
      h(Tabs, { label: 'Parts of the sweep', now: tab, tabs: TABS, href: key => link(`sweep/${this.id}`, { tab: key, metric: query.get('metric') ?? undefined }) }),
      data.trials.length ? this.part(tab, query) : h(Empty, null, 'Reading the trials…')];
  }

  head() {
    const { summary } = this.data;
    if (!summary) return null;
    const best = this.data.best();
    const left = this.data.timeLeft(this.data.plan);
    const metric = this.data.mainMetric();
    return h('div', null,
      h('ul', { class: 'facts' },
        h('li', null, h(Badge, { status: summary.status })),
        h('li', null, `${summary.trials_completed} of ${plural(summary.trials, 'trial')}`, summary.trials_failed > 0 && h('span', { class: 'bad' }, `, ${summary.trials_failed} failed`)),
        h('li', null, `${summary.stages_done} of ${plural(summary.stages, 'stage')}, ${summary.stages_running} running`),
        left > 0 && h('li', null, `about ${duration(left)} left`),
        best && h('li', null, 'best so far: ', h('a', { href: link(`sweep/${this.id}/trial/${best.index}`) }, `trial ${best.index}`), `, ${titleOf(metric)} ${number(best.metrics[metric])}`)),
      h('div', { class: 'barred' }, h(Bar, { done: summary.stages_done, all: summary.stages, label: 'Stages done' }), h('span', null, percent(summary.stages_done, summary.stages))),
      this.controls(summary));
  }

  controls(summary) {
    const ended = ENDED.has(summary.status);
    const tell = (what, words) => async () => {
      try {
        const answer = await post(`${sweepPath(this.id)}/${what}`);
        this.said = answer.done ?? words;
        this.refused = undefined;
      } catch (problem) {
        this.refused = problem.message;
      }
      this.data.seldom.ask();
      update();
    };
    return [h('div', { class: 'controls', role: 'group', 'aria-label': 'Actions on the sweep' },
      !ended && summary.status !== 'paused' && h(Action, { key: 'pause', label: 'Pause', act: tell('pause') }),
      summary.status === 'paused' && h(Action, { key: 'resume', label: 'Resume', act: tell('resume') }),
      !ended && h(Action, { key: 'stop', label: 'Stop', question: 'Start no more tasks? Running ones finish.', act: tell('stop') }),
      !ended && h(Action, { key: 'cancel', label: 'Cancel', danger: true, question: 'End all its tasks now?', act: tell('cancel') }),
      summary.trials_failed > 0 && h(Action, { key: 'failed', label: 'Retry failed trials', act: tell('retry?failed=true', 'retrying failed trials') }),
      ended && summary.status !== 'completed' && h(Action, { key: 'retry', label: 'Run again', act: tell('retry', 'running again') }),
      !ended && h('form', { class: 'choice', onSubmit: event => { event.preventDefault(); tell(`priority?value=${encodeURIComponent(event.target.elements.priority.value)}`)(); } },
        h('label', { for: 'priority' }, 'Priority'), h('span', { class: 'asked' }, h('input', { id: 'priority', name: 'priority', type: 'number', min: 1, max: 9999, required: true, defaultValue: summary.priority, key: summary.priority }), h('button', null, 'Set')))),
    h('p', { class: 'notes', role: 'status' }, this.said), h(Problem, { of: this.refused })];
  }

  part(tab, query) {
    const { data } = this;
    switch (tab) {
      case 'trials': return h(Trials, { data, query });
      case 'pareto': return h(Pareto, { sweeps: [data], query });
      case 'parallel': return h(Parallel, { data, query });
      case 'timeline': return h(Timeline, { data });
      case 'stages': return h(Stages, { data });
      case 'losses': return h(Losses, { data });
      case 'samples': return h(Samples, { data, files: this.files });
      case 'files': return this.fileList();
      case 'about': return this.about();
      default: return h(HeatMap, { data, query });
    }
  }

  fileList() {
    if (!this.files) return h(Empty, null, 'Reading…');
    if (this.files.length === 0) return h(Empty, null, 'Its run folder has no files yet.');
    const columns = [
      { key: 'name', title: 'File', cell: name => h(Text, { of: name }) },
      { key: 'get', title: 'Download', cell: name => h(Action, { label: `Download ${name}`, act: () => download(`${sweepPath(this.id)}/files/${encodeURIComponent(name)}`, name).catch(problem => { this.refused = problem.message; }) }) }];
    return [h(Table, { columns, rows: this.files, name: name => name, label: 'Files of the run folder' }), h('p', { class: 'notes' }, 'Recipes, adapters and checkpoints are on the pages of the trials.')];
  }

  about() {
    const { summary } = this.data;
    return [
      summary && h('dl', null, h('dt', null, 'Id'), h('dd', null, h('code', null, this.id)), h('dt', null, 'Submitted'), h('dd', null, time(summary.at)), h('dt', null, 'Run folder'), h('dd', null, h(Text, { of: summary.run_folder }))),
      h('h3', null, 'Configuration'), this.configuration ? h('pre', { dir: 'auto', tabIndex: 0, 'aria-label': 'Configuration' }, h(Text, { of: this.configuration, most: 200_000 })) : h(Empty, null, 'Its run folder has no configuration.'),
      h('h3', null, 'Provenance'), this.provenance ? h('pre', { dir: 'auto', tabIndex: 0, 'aria-label': 'Provenance' }, h(Text, { of: JSON.stringify(this.provenance, null, 2), most: 200_000 })) : h(Empty, null, 'It is part of the results, which do not exist yet.')];
  }
}

/** Trials that have all words of a text. */
export function matching(trials, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? trials : trials.filter(trial => words.every(word => trial.words.includes(word) || trial.status.startsWith(word) || `#${trial.index}` === word));
}

function Trials({ data, query }) {
  const metrics = data.metricKeys();
  const usual = ['status', ...data.axes.map(axis => axis.name), ...metrics.filter(key => ['pruning.parameters_after', 'pruned.perplexity', 'recovered.perplexity', 'pruned.accuracy', 'recovered.accuracy'].includes(key)), 'seconds'];
  const shown = query.has('columns') ? query.get('columns').split(',') : usual;
  const places = ['model', ...new Set(data.trials.slice(0, 200).flatMap(trial => Object.keys(trial.point)))];
  const all = ['status', ...places, ...metrics, 'seconds', 'reason'];
  const columns = [
    { key: 'trial', title: 'Trial', value: trial => trial.index, cell: trial => h('a', { href: link(`sweep/${data.id}/trial/${trial.index}`) }, trial.index) },
    ...all.filter(key => shown.includes(key)).map(key => column(key))];
  const sort = { key: query.get('sort')?.replace(/^-/, '') ?? 'trial', down: query.get('sort')?.startsWith('-') ?? false };
  const filter = query.get('filter') ?? '';
  const rows = sorted(matching(data.trials, filter), columns.find(one => one.key === sort.key), sort.down);
  const toggle = key => alter({ columns: all.filter(one => (one === key) !== shown.includes(one)).join(',') });
  return [
    h('div', { class: 'controls' },
      h('label', { class: 'choice' }, h('span', null, 'Filter'), h('input', { type: 'search', value: filter, placeholder: 'l2 0.5 completed', onInput: event => alter({ filter: event.target.value }) })),
      h('p', { class: 'notes', role: 'status' }, `${number(rows.length)} of ${plural(data.total, 'trial')}. The address of this page contains order, filter and columns, so that you can share them.`)),
    h('details', null, h('summary', null, 'Columns'), h('fieldset', { class: 'checks' }, h('legend', { class: 'hidden' }, 'Columns'), all.map(key => h('label', { key }, h('input', { type: 'checkbox', checked: shown.includes(key), onChange: () => toggle(key) }), titleOf(key))))),
    h(Table, { columns, rows, sort, onSort: to => alter({ sort: `${to.down ? '-' : ''}${to.key}` }), name: trial => trial.index, label: 'Trials' })];
}

function column(key) {
  if (key === 'status') return { key, title: 'status', value: trial => trial.status, cell: trial => h(Badge, { status: trial.status }) };
  if (key === 'reason') return { key, title: 'reason', value: trial => trial.reason, cell: trial => trial.reason && h(Text, { of: trial.reason, most: 120 }) };
  if (key === 'seconds') return { key, title: 'time', numeric: true, value: trial => trial.seconds || undefined, cell: trial => trial.seconds ? duration(trial.seconds) : '' };
  const numeric = key.includes('.') && !key.startsWith('calibration.') && !key.startsWith('recovery.') || key === 'ratio';
  return { key, title: titleOf(key), numeric, value: trial => valueOf(trial, key), cell: key === 'ratio' ? trial => trial.point.ratio : numeric ? undefined : trial => h(Text, { of: valueOf(trial, key) ?? '', most: 60 }) };
}

/** Trials of one or several sweeps by two of their numbers, a colour to each value of an axis. */
export function Pareto({ sweeps, query }) {
  const metrics = [...new Set(sweeps.flatMap(data => data.metricKeys()))];
  const all = ['ratio', ...metrics];
  const x = query.get('x') ?? (metrics.includes('pruning.parameters_after') ? 'pruning.parameters_after' : 'ratio');
  const y = query.get('y') ?? sweeps[0].mainMetric();
  const axes = [...(sweeps.length > 1 ? ['sweep'] : []), ...new Set(sweeps.flatMap(data => data.axes.map(axis => axis.name)).filter(name => name !== 'ratio'))];
  const by = query.get('by') ?? (axes.includes('sweep') ? 'sweep' : axes.includes('criterion') ? 'criterion' : axes[0]);
  if (!y) return h(Empty, null, 'Nothing to draw yet: no trial has been evaluated.');
  const series = new Map();
  const points = [];
  const dense = [];
  for (const data of sweeps) {
    for (const trial of data.trials) {
      const [px, py] = [valueOf(trial, x), trial.metrics[y] ?? valueOf(trial, y)];
      const before = trial.metrics[y.replace(/^\w+/, 'before')];
      if (before !== undefined && !dense.some(point => point.y === before)) dense.push({ x: px, y: before });
      if (typeof px !== 'number' || typeof py !== 'number') continue;
      const name = by === 'sweep' ? data.name : String(by === undefined ? 'trials' : valueOf(trial, by) ?? (trial.point.strategy === 'dense' ? 'dense' : '–'));
      if (!series.has(name)) series.set(name, series.size);
      points.push({ x: px, y: py, error: errorOf(trial, y), series: series.get(name), href: link(`sweep/${data.id}/trial/${trial.index}`), title: `${sweeps.length > 1 ? `${data.name} ` : ''}trial ${trial.index} (${name})` });
    }
  }
  const log = query.get('log') ?? (wide(points) ? 'y' : '');
  const metricChoice = (label, value, key) => h(Choice, { label, value, options: all.map(one => [one, titleOf(one)]), change: to => alter({ [key]: to }) });
  return [
    h('div', { class: 'controls' }, metricChoice('Across', x, 'x'), metricChoice('Up', y, 'y'),
      axes.length > 0 && h(Choice, { label: 'Colour by', value: by, options: axes, change: to => alter({ by: to }) }),
      h(Choice, { label: 'Scale', value: log, options: [['', 'linear'], ['y', 'logarithmic y'], ['xy', 'logarithmic x and y']], change: to => alter({ log: to || ' ' }) })),
    points.length ? h(Scatter, { points, dense, series: [...series.keys()], titleX: titleOf(x), titleY: titleOf(y), logX: log.includes('x'), logY: log.includes('y'), lowY: lowIsGood(y), label: `${titleOf(y)} against ${titleOf(x)}` })
      : h(Empty, null, 'No trial has both of these yet.')];
}

function wide(points) {
  let [low, high] = [Infinity, 0];
  for (const { y } of points) {
    if (y <= 0) return false;
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  return high > 10 * low;
}

