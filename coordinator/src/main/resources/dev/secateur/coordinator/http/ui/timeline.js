// Who did what when: a lane to each worker, a bar to each task; and the sweep's stages by kind.
import { h, Component, Sized, Bar, Empty, Text } from './view.js';
import { brief, clean, duration, plural, time } from './format.js';
import { Values } from './plots.js';
import { Table } from './table.js';
import { KINDS, colourOf } from './kinds.js';
import { StageGraph, keepGraph } from './stagegraph.js';
import { readPlan } from './sweepdata.js';
import { Breath, changed } from './store.js';
import { link } from './route.js';

const LANE = 22;
const MOST = 64;
const LEFT = 110;
const BAD = new Set(['stage-failed', 'stage-retried', 'worker-crashed', 'lease-expired']);

export class Timeline extends Component {
  render({ data }) {
    const tasks = data.tasks;
    if (tasks.length === 0) return h(Empty, null, 'No worker has started a task yet.');
    const workers = [...new Set(tasks.map(task => task.worker))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const kinds = [...new Set(tasks.map(task => task.kind))];
    return h('figure', null, h(Sized, null, width => this.plot(width, data, workers.slice(0, MOST))),
      h('ul', { class: 'legend' }, KINDS.filter(kind => kinds.includes(kind)).map(kind => h('li', { key: kind, class: colourOf(kind) }, h('i', { 'aria-hidden': 'true' }), kind)), h('li', { class: 'cx' }, h('i', { 'aria-hidden': 'true' }), 'did not end well')),
      workers.length > MOST && h('p', { class: 'notes' }, `The first ${MOST} of ${workers.length} workers.`),
      h('p', { class: 'tip notes', 'aria-hidden': 'true' }, this.state.near ?? 'Point at a bar to see what it was.'),
      h(Values, { head: ['worker', 'stage', 'begun', 'took', 'outcome'], rows: () => [...tasks].reverse().map(task => [task.worker, task.kind, time(task.begun), duration(((task.ended ?? Date.now()) - task.begun) / 1000), task.outcome ?? 'running']) }));
  }

  plot(width, data, workers) {
    const now = data.open.size ? Date.now() : 0;
    const begin = data.tasks[0].begun;
    let end = now;
    for (const task of data.tasks) end = Math.max(end, task.ended ?? task.begun);
    const x = at => LEFT + (at - begin) / Math.max(1, end - begin) * (width - LEFT - 10);
    const height = workers.length * LANE + 34;
    const lanes = new Map(workers.map((worker, at) => [worker, at * LANE + LANE / 2 + 4]));
    const paths = new Map();
    for (const task of data.tasks) {
      const y = lanes.get(task.worker);
      if (y === undefined) continue;
      const kind = BAD.has(task.outcome) ? 'failed' : task.kind;
      const from = x(task.begun);
      const to = Math.max(from + 1, x(task.ended ?? end) - 0.5);
      let path = paths.get(kind);
      if (!path) paths.set(kind, path = []);
      path.push(`M${from.toFixed(1)} ${y}H${to.toFixed(1)}`);
    }
    const marks = Array.from({ length: Math.max(2, Math.floor(width / 220)) }, (_, at, ) => begin + (end - begin) * at / Math.max(1, Math.floor(width / 220) - 1));
    const find = event => {
      const box = event.currentTarget.getBoundingClientRect();
      const lane = workers[Math.floor((event.clientY - box.top - 4) / LANE)];
      const at = begin + (event.clientX - box.left - LEFT) / (width - LEFT - 10) * (end - begin);
      const task = data.tasks.find(one => one.worker === lane && one.begun <= at && at <= (one.ended ?? end));
      this.setState({ near: task && clean(`${task.worker}: ${task.kind}, attempt ${task.attempt}, from ${time(task.begun)}, ${duration(((task.ended ?? Date.now()) - task.begun) / 1000)}${task.outcome ? `, ${task.outcome}` : ', running'}${task.reason ? `: ${brief(task.reason, 160)}` : ''}`) });
    };
    return h('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'What each worker did when; the table below has the tasks', onPointerMove: find },
      workers.map(worker => h('g', { key: worker }, h('path', { class: 'grid', d: `M${LEFT} ${lanes.get(worker)}H${width - 10}` }), h('text', { x: LEFT - 8, y: lanes.get(worker) + 4, 'text-anchor': 'end' }, worker.length > 15 ? `…${clean(worker.slice(-14))}` : clean(worker)))),
      [...paths].map(([kind, path]) => h('path', { key: kind, class: `lane ${colourOf(kind)}`, 'stroke-width': LANE - 8, d: path.join('') })),
      marks.map((at, place) => h('text', { key: place, x: x(at), y: height - 8, 'text-anchor': place === 0 ? 'start' : place === marks.length - 1 ? 'end' : 'middle' }, time(at))));
  }
}

/** The stages that the trials share: by kind, what was saved by sharing, and each with the trials that need it. */
export class Stages extends Component {
  componentDidMount() {
    if (!this.props.data.plan) this.read(this.props.data).catch(problem => this.setState({ problem: problem.message }));
    this.drawn();
  }

  componentDidUpdate() {
    this.drawn();
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  /** The table of all stages follows once the graph is drawn, in a frame of its own. */
  drawn() {
    if (this.props.data.plan) this.timer ??= setTimeout(() => this.setState({ all: true }));
  }

  /** What is drawn of a large plan is made in tasks of its own. */
  async read(data) {
    const breath = new Breath();
    const plan = await readPlan(data.id);
    await breath.taken();
    keepGraph(data, plan);
    await breath.taken();
    data.plan = plan;
    changed();
  }

  render({ data }) {
    const plan = data.plan;
    if (this.state.problem) return h(Empty, null, this.state.problem);
    if (!plan) return h(Empty, null, 'Reading the plan…');
    const kinds = new Map();
    for (const stage of plan.stages) {
      const kind = kinds.get(stage.kind) ?? { kind: stage.kind, all: 0, needed: 0, done: 0, running: 0, failed: 0, seconds: 0 };
      const known = data.stages.get(stage.stage);
      kind.all++;
      kind.needed += stage.trials.length;
      if (known) {
        kind[known.status] = (kind[known.status] ?? 0) + 1;
        kind.seconds += known.seconds ?? 0;
      }
      kinds.set(stage.kind, kind);
    }
    const rows = [...kinds.values()].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
    const needed = rows.reduce((sum, kind) => sum + kind.needed, 0);
    const columns = [
      { key: 'kind', title: 'Kind', cell: kind => h('span', { class: colourOf(kind.kind) }, kind.kind) },
      { key: 'done', title: 'Done', cell: kind => h('div', { class: 'barred' }, h(Bar, { done: kind.done + kind.failed, failed: kind.failed, all: kind.all, label: kind.kind }), h('span', null, `${kind.done} / ${kind.all}`)) },
      { key: 'running', title: 'Running', numeric: true, value: kind => kind.running },
      { key: 'failed', title: 'Failed', numeric: true, value: kind => kind.failed },
      { key: 'needed', title: 'Without sharing', numeric: true, value: kind => kind.needed },
      { key: 'seconds', title: 'Computing time', numeric: true, cell: kind => duration(kind.seconds) }];
    return [
      h('p', null, `${plural(plan.stages.length, 'stage')} serve ${plural(plan.trials.length, 'trial')}; without sharing they would need ${plural(needed, 'stage')}.`),
      h(Table, { columns, rows, name: kind => kind.kind, label: 'Stages by kind' }),
      h('h3', null, 'Graph'), h(StageGraph, { plan, data }),
      this.state.all && [h('h3', null, 'Each stage'), this.all(plan, data)]];
  }

  all(plan, data) {
    const rows = this.rows ??= [...plan.stages].sort((a, b) => b.trials.length - a.trials.length);
    const names = this.names ??= new Map(plan.stages.map(stage => [stage.stage, stage]));
    const columns = [
      { key: 'words', title: 'Stage', cell: stage => h(Text, { of: stage.words, most: 100 }) },
      { key: 'status', title: 'Status', cell: stage => data.stages.get(stage.stage)?.status ?? 'waiting' },
      { key: 'trials', title: 'Trials that share it', numeric: true, cell: stage => stage.trials.length === 1 ? h('a', { href: link(`sweep/${data.id}/trial/${stage.trials[0]}`) }, `trial ${stage.trials[0]}`) : stage.trials.length },
      { key: 'inputs', title: 'Reads', cell: stage => [...new Set(stage.inputs.map(key => names.get(key)?.kind ?? key.slice(0, 8)))].join(', ') },
      { key: 'key', title: 'Key', cell: stage => h('code', null, stage.stage.slice(0, 12)) }];
    return h(Table, { columns, rows, name: stage => stage.stage, label: 'Each stage' });
  }
}

