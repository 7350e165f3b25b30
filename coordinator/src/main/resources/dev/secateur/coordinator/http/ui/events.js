// The actors' event log: the newest, and those to come.
import { get } from './api.js';
import { changed } from './store.js';
import { Stream } from './stream.js';
import { Choice, Empty, Text, h } from './view.js';
import { Table } from './table.js';
import { clean, time } from './format.js';
import { alter, link } from './route.js';

const FIRST = 1000;
const KEPT = 10_000;
const SHOWN_APART = new Set(['event', 'time', 'sequence', 'sweep', 'worker', 'kind', 'trials', 'trial', 'stage', 'lease']);

export class Events {
  constructor() {
    this.title = 'Events';
    this.events = [];
    this.names = new Map();
    this.kinds = new Set();
    this.workers = new Set();
    this.stopped = false;
    this.count = 0;
  }

  start() {
    this.stream = new Stream({ newest: FIRST }, undefined, event => this.hear(event), () => this.readNames()).start();
  }

  stop() {
    this.stream.stop();
  }

  async readNames() {
    this.names = new Map((await get('sweeps')).map(sweep => [sweep.sweep, sweep.name]));
    changed();
  }

  hear(event) {
    if (event.event === 'sweep-submitted') this.names.set(event.sweep, event.name);
    if (event.event) this.kinds.add(event.event);
    if (event.worker) this.workers.add(event.worker);
    event.key = ++this.count;
    this.events.push(event);
    if (this.events.length > KEPT + 1000) this.events.splice(0, 1000);
    if (!this.held) changed();
  }

  view({ query }) {
    const wanted = { sweep: query.get('sweep') ?? '', worker: query.get('worker') ?? '', kind: query.get('kind') ?? '' };
    const rows = this.held ?? this.events.filter(event =>
      (!wanted.sweep || event.sweep === wanted.sweep) && (!wanted.worker || event.worker === wanted.worker)
      && (wanted.kind ? event.event === wanted.kind : event.event !== 'stage-progress')).reverse();
    const choices = (all, now) => [['', 'all'], ...[...new Set([...all, ...(now ? [now] : [])])].sort()];
    const sweeps = [['', 'all'], ...[...this.names].map(([id, name]) => [id, `${name} (${id})`])];
    if (wanted.sweep && !this.names.has(wanted.sweep)) sweeps.push([wanted.sweep, wanted.sweep]);
    return [
      h('h1', { tabIndex: -1 }, 'Events'),
      h('form', { class: 'controls', 'aria-label': 'Filter', onSubmit: event => event.preventDefault() },
        h(Choice, { label: 'Sweep', value: wanted.sweep, options: sweeps, change: sweep => this.filter({ sweep }) }),
        h(Choice, { label: 'Worker', value: wanted.worker, options: choices(this.workers, wanted.worker), change: worker => this.filter({ worker }) }),
        h(Choice, { label: 'Kind', value: wanted.kind, options: [['', 'all except progress'], ...choices(this.kinds, wanted.kind).slice(1)], change: kind => this.filter({ kind }) }),
        h('button', { type: 'button', 'aria-pressed': this.held ? 'true' : 'false', onClick: () => { this.held = this.held ? undefined : rows; changed(); } }, this.held ? 'Resume' : 'Pause')),
      h('p', { class: 'notes' }, `Newest first; this page keeps at most ${KEPT} and shows ${rows.length}.`),
      rows.length ? h(Table, { columns: this.columns(), rows, name: event => event.key, label: 'Events' }) : h(Empty, null, 'No matching events yet; new ones appear here.')];
  }

  filter(parameters) {
    this.held = undefined;
    alter(parameters);
  }

  columns() {
    return [
      { key: 'time', title: 'Time', cell: event => h('time', { dateTime: event.time }, time(event.time)) },
      { key: 'event', title: 'Event', cell: event => h('b', { class: /fail|crash|lost|full|expired|unreachable/.test(event.event) ? 'bad' : '' }, clean(event.event)) },
      { key: 'sweep', title: 'Sweep', cell: event => event.sweep && h('a', { href: link(`sweep/${event.sweep}`) }, h(Text, { of: this.names.get(event.sweep) ?? event.sweep, most: 40 })) },
      { key: 'trial', title: 'Trial', cell: event => trials(event) },
      { key: 'kind', title: 'Stage', cell: event => event.kind },
      { key: 'worker', title: 'Worker', cell: event => event.worker && h(Text, { of: event.worker, most: 40 }) },
      { key: 'rest', title: 'What', cell: event => h(Text, { of: rest(event), most: 160 }) }];
  }
}

/** The trial or trials of an event; links where there is one. */
function trials(event) {
  const all = event.trial !== undefined ? [event.trial] : Array.isArray(event.trials) ? event.trials : [];
  if (all.length === 1 && event.sweep) return h('a', { href: link(`sweep/${event.sweep}/trial/${all[0]}`) }, all[0]);
  return all.length > 3 ? `${all.length} trials` : all.join(', ');
}

/** The other fields, in a line. */
function rest(event) {
  return Object.entries(event)
    .filter(([key, value]) => !SHOWN_APART.has(key) && key !== 'key' && key !== 'sha256' && value !== '')
    .map(([key, value]) => key === 'reason' ? value : `${key} ${typeof value === 'object' ? flat(value) : value}`)
    .join(' · ');
}

const flat = value => Array.isArray(value) ? value.slice(0, 8).join(', ') : Object.entries(value).map(([key, each]) => `${key} ${typeof each === 'number' ? +each.toPrecision(5) : each}`).join(', ');
