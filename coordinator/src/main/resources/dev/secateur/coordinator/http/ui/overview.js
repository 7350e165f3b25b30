// All sweeps, workers, nodes and disks, and what is amiss.
import { find, get, sweepPath } from './api.js';
import { Seldom, changed } from './store.js';
import { Stream } from './stream.js';
import { Badge, Bar, Empty, Section, Text, h } from './view.js';
import { Table, sorted } from './table.js';
import { bytes, duration, number, percent, plural, time } from './format.js';
import { link } from './route.js';
import { titleOf } from './sweepdata.js';

const HEARD = 300;
/** Events that say that something is amiss. */
const ALERTS = new Set(['stage-failed', 'trial-failed', 'worker-crashed', 'worker-put-aside', 'worker-low-disk', 'store-full', 'stages-wait', 'lease-expired', 'node-lost', 'node-unreachable', 'artifact-lost']);
const KEPT = 8;
/** Sweeps of whose best trials somebody asks, the newest. */
const BEST_OF = 50;

export class Overview {
  constructor() {
    this.title = 'Overview';
    this.sweeps = new Map();
    this.workers = [];
    this.nodes = [];
    this.places = [];
    this.alerts = [];
    this.rates = new Map();
    this.sort = undefined;
    this.asked = new Set();
    this.someSweeps = new Seldom(1000, () => this.readSome());
    this.workerList = new Seldom(1000, async () => { this.workers = await get('workers'); changed(); });
    this.nodeList = new Seldom(2000, async () => { this.nodes = await get('nodes'); changed(); });
    this.disk = new Seldom(30_000, async () => { this.places = await get('disk'); changed(); });
    this.all = new Seldom(1000, () => this.readAll());
    this.bests = new Map();
    this.someBests = new Seldom(2000, () => this.readBests());
  }

  start() {
    this.stream = new Stream({ newest: HEARD }, undefined, event => this.hear(event), () => this.read()).start();
  }

  stop() {
    this.stream.stop();
    [this.someSweeps, this.someBests, this.workerList, this.nodeList, this.disk, this.all].forEach(each => each.stop());
  }

  read() {
    [this.all, this.workerList, this.nodeList, this.disk].forEach(each => each.ask());
  }

  async readAll() {
    const sweeps = await get('sweeps');
    this.read_ = true;
    this.sweeps = new Map(sweeps.map(sweep => [sweep.sweep, sweep]));
    this.someBests.ask();
    changed();
  }

  async readSome() {
    const ids = [...this.asked];
    this.asked.clear();
    if (ids.length > 4) return this.readAll();
    for (const id of ids) {
      const sweep = await find(sweepPath(id));
      if (sweep) this.sweeps.set(id, sweep);
      else this.sweeps.delete(id);
    }
    this.someBests.ask();
    changed();
  }

  /** Of sweeps of which more trials are complete than what is known of their best counts. */
  async readBests() {
    const newest = [...this.sweeps.values()].sort((a, b) => b.at.localeCompare(a.at)).slice(0, BEST_OF);
    for (const { sweep, trials_completed: completed } of newest) {
      if (completed > (this.bests.get(sweep)?.completed ?? 0)) {
        this.bests.set(sweep, await get(`${sweepPath(sweep)}/best`));
        changed();
      }
    }
  }

  best(sweep) {
    return this.bests.get(sweep.sweep)?.best[0];
  }

  hear(event) {
    if (ALERTS.has(event.event)) {
      this.alerts.unshift(event);
      this.alerts.length = Math.min(this.alerts.length, KEPT);
      changed();
    }
    if (event.event === 'stage-progress') {
      const worker = this.workers.find(one => one.name === event.worker);
      if (worker?.task?.stage === event.stage) {
        worker.task.progress = { done: event.done, total: event.total, note: event.note };
        changed();
      } else {
        this.workerList.ask();
      }
      return;
    }
    if (event.event === 'sweep-deleted' || event.event === 'sweep-submitted') {
      this.all.ask();
    } else if (event.sweep) {
      this.asked.add(event.sweep);
      this.someSweeps.ask();
    }
    if (event.worker) this.workerList.ask();
    if (event.event.startsWith('node-') || event.event.startsWith('coordinator-')) this.nodeList.ask();
    if (event.event === 'disk-cleaned' || event.event.startsWith('store-') || event.event === 'results-written') this.disk.ask();
    if (event.event === 'results-written') this.someBests.ask();
  }

  view() {
    const sweeps = [...this.sweeps.values()];
    const running = sweeps.filter(sweep => sweep.status === 'running').length;
    const busy = this.workers.filter(worker => worker.task).length;
    return [
      h('h1', { tabIndex: -1 }, 'Overview'),
      h('ul', { class: 'facts' },
        h('li', null, h('b', null, running), ` of ${plural(sweeps.length, 'sweep')} running`),
        h('li', null, h('b', null, busy), ` of ${plural(this.workers.length, 'worker')} busy`),
        h('li', null, h('b', null, this.nodes.length), this.nodes.length === 1 ? ' node' : ' nodes')),
      this.alertList(),
      h(Section, { id: 'sweeps', title: 'Sweeps', beside: sweeps.length > 1 && h('a', { href: link('compare') }, 'Compare sweeps') },
        !this.read_ ? h(Empty, null, 'Reading…') : sweeps.length ? this.sweepTable(sweeps) : h(Empty, null, 'No sweeps yet. ', h('code', null, 'secateur submit sweep.conf'), ' starts one.')),
      h(Section, { id: 'workers', title: 'Workers' }, !this.read_ ? h(Empty, null, 'Reading…') : this.workers.length ? this.workerTable() : h(Empty, null, 'No workers. Start a node with the role gpu-worker.')),
      h('div', { class: 'columns' },
        h(Section, { id: 'nodes', title: 'Nodes' }, this.nodeTable()),
        h(Section, { id: 'disk', title: 'Disk of this coordinator' }, this.diskTable()))];
  }

  alertList() {
    const amiss = this.workers.filter(worker => worker.condition);
    const away = this.nodes.filter(node => !node.reachable);
    if (amiss.length + away.length + this.alerts.length === 0) return null;
    return h(Section, { id: 'alerts', title: 'Alerts' }, h('ul', { class: 'alerts' },
      away.map(node => h('li', { key: node.address, class: 'now' }, h(Badge, { status: 'alert', text: 'now' }), ' ', h(Text, { of: node.address }), ' can’t be reached')),
      amiss.map(worker => h('li', { key: worker.name, class: 'now' }, h(Badge, { status: 'alert', text: 'now' }), ' ', h(Text, { of: worker.name }), ': ', h(Text, { of: worker.condition.reason, most: 200 }))),
      this.alerts.map(event => h('li', { key: event.sequence ?? event.time + event.event }, h('time', { dateTime: event.time }, time(event.time)), ' ', h('b', null, event.event), ' ',
        event.sweep && h('a', { href: event.trial === undefined ? link(`sweep/${event.sweep}`) : link(`sweep/${event.sweep}/trial/${event.trial}`) }, this.sweeps.get(event.sweep)?.name ?? event.sweep), ' ',
        h(Text, { of: [event.kind, event.worker ?? event.member, event.reason].filter(Boolean).join(' · '), most: 200 })))));
  }

  sweepTable(sweeps) {
    const columns = [
      { key: 'name', title: 'Sweep', value: sweep => sweep.name, cell: sweep => h('a', { href: link(`sweep/${sweep.sweep}`) }, h(Text, { of: sweep.name, most: 60 })) },
      { key: 'status', title: 'Status', value: sweep => sweep.status, cell: sweep => h(Badge, { status: sweep.status }) },
      { key: 'progress', title: 'Stages done', value: sweep => sweep.stages_done / Math.max(1, sweep.stages),
        cell: sweep => h('div', { class: 'barred' }, h(Bar, { done: sweep.stages_done, all: sweep.stages, label: `Stages of ${sweep.name}` }), h('span', null, percent(sweep.stages_done, sweep.stages))) },
      { key: 'trials', title: 'Trials', numeric: true, value: sweep => sweep.trials, cell: sweep => `${sweep.trials_completed} / ${sweep.trials}` },
      { key: 'failed', title: 'Failed', numeric: true, value: sweep => sweep.trials_failed, cell: sweep => sweep.trials_failed ? h('b', { class: 'bad' }, sweep.trials_failed) : '0' },
      { key: 'best', title: 'Best trial', value: sweep => this.best(sweep)?.value, cell: sweep => h(Best, { of: this.best(sweep), sweep: sweep.sweep }) },
      { key: 'left', title: 'Time left', numeric: true, value: sweep => timeLeft(sweep), cell: sweep => about(timeLeft(sweep)) },
      { key: 'priority', title: 'Priority', numeric: true, value: sweep => sweep.priority },
      { key: 'at', title: 'Submitted', value: sweep => sweep.at, cell: sweep => time(sweep.at) }];
    const column = columns.find(one => one.key === this.sort?.key);
    return h(Table, { columns, rows: sorted(sweeps, column, this.sort?.down), sort: this.sort ?? {}, onSort: sort => { this.sort = sort; changed(); }, name: sweep => sweep.sweep, label: 'Sweeps' });
  }

  workerTable() {
    const columns = [
      { key: 'name', title: 'Worker', value: worker => worker.name, cell: worker => h('a', { href: link('events', { worker: worker.name }) }, h(Text, { of: worker.name, most: 60 })) },
      { key: 'state', title: 'State', cell: worker => h(Badge, { status: worker.condition ? 'alert' : worker.draining ? 'draining' : worker.task ? 'running' : 'idle', text: worker.condition?.state ?? (worker.draining ? 'draining' : worker.task ? 'working' : 'idle') }) },
      { key: 'task', title: 'Task', cell: worker => worker.task && h(Fragmented, { worker, sweep: this.sweeps.get(worker.task.sweep) }) },
      { key: 'device', title: 'Device', cell: worker => h(Text, { of: worker.capabilities.device }) },
      { key: 'memory', title: 'Memory', numeric: true, cell: worker => bytes(worker.capabilities.memory || undefined) },
      { key: 'disk', title: 'Disk left', numeric: true, cell: worker => bytes(worker.capabilities.disk?.free) }];
    return h(Table, { columns, rows: this.workers, name: worker => worker.name, label: 'Workers' });
  }

  nodeTable() {
    const columns = [
      { key: 'address', title: 'Node', cell: node => h(Text, { of: node.address }) },
      { key: 'roles', title: 'Roles', cell: node => node.roles.join(', ') + (node.active ? ' (active)' : '') },
      { key: 'status', title: 'Status', cell: node => node.reachable ? node.status : h(Badge, { status: 'alert', text: 'unreachable' }) }];
    return h(Table, { columns, rows: this.nodes, name: node => node.address, label: 'Nodes' });
  }

  diskTable() {
    const columns = [
      { key: 'place', title: 'Place', cell: place => place.place },
      { key: 'used', title: 'Used', numeric: true, cell: place => bytes(place.used) },
      { key: 'free', title: 'Free', numeric: true, cell: place => bytes(place.free) },
      { key: 'path', title: 'Path', cell: place => h(Text, { of: place.path, most: 60 }) }];
    return h(Table, { columns, rows: this.places, name: place => place.place, label: 'Disk' });
  }
}

const Fragmented = ({ worker: { task }, sweep }) => h('span', null,
  task.kind, ' of ', h('a', { href: link(`sweep/${task.sweep}`) }, sweep?.name ?? task.sweep),
  task.progress.total > 0 && `, ${percent(task.progress.done, task.progress.total)}`, task.progress.note && h(Text, { of: ` (${task.progress.note})`, most: 60 }));

const Best = ({ of, sweep }) => of && h('span', null, h('a', { href: link(`sweep/${sweep}/trial/${of.trial}`) }, `trial ${of.trial}`), `, ${titleOf(of.metric)} ${number(of.value)}`);

/** Seconds, by how long its stages took so far; nothing where that says nothing yet. */
function timeLeft(sweep) {
  if (sweep.status !== 'running' || sweep.stages_done < 2) return undefined;
  const spent = (Date.now() - Date.parse(sweep.at)) / 1000;
  return spent * (sweep.stages - sweep.stages_done) / sweep.stages_done;
}

const about = seconds => seconds === undefined ? '' : `about ${duration(seconds)}`;
