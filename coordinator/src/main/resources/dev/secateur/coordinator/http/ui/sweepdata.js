// All that is known of one sweep: its trials as planned, and what the sweep's events say came of them.
import { find, get, request, sweepPath } from './api.js';
import { Breath, Seldom, changed } from './store.js';
import { Stream } from './stream.js';
import { order } from './format.js';

const PAGE = 500;
const LOSSES_KEPT = 2000;

/** Where the metrics of a trial's stage stand, by the role of the stage, as in results.json. */
const MEASURES = { recipe: 'pruning', adapter: 'recovery', scratch: 'scratch_training', scratch_evaluation: 'scratch' };
const SILENT = new Set(['scores', 'checkpoint']);

/** The metrics that have a name of their own, as tables call them. */
export const NAMED = [
  ['pruning.parameters_after', 'parameters'], ['pruning.macs_after', 'MACs'],
  ['before.perplexity', 'ppl before'], ['pruned.perplexity', 'ppl pruned'], ['recovered.perplexity', 'ppl recovered'], ['scratch.perplexity', 'ppl scratch'],
  ['before.accuracy', 'acc before'], ['pruned.accuracy', 'acc pruned'], ['recovered.accuracy', 'acc recovered'], ['scratch.accuracy', 'acc scratch']];
const TITLES = new Map(NAMED);
export const titleOf = metric => TITLES.get(metric) ?? metric.replace('.', ' ').replaceAll('_', ' ');

const ENDS = new Set(['stage-completed', 'stage-reused', 'stage-retried', 'stage-failed', 'lease-voided', 'lease-expired', 'worker-crashed', 'artifact-lost']);

export class SweepData {
  /** follow: whether its events are wanted as they come; else those there are, and whatever others feed. */
  constructor(id, follow = true) {
    this.id = id;
    this.follow = follow;
    this.seldom = new Seldom(1000, () => this.readSummary());
    this.clear();
  }

  clear() {
    this.trials = [];
    this.byKey = new Map();
    this.stages = new Map();
    this.tasks = [];
    this.open = new Map();
    this.losses = new Map();
    this.metrics = new Map();
    this.total = 0;
    this.seconds = 0;
    this.axes = [];
    this.recent = [];
  }

  async start() {
    try {
      await this.readSummary();
      await this.readTrials();
    } catch (problem) {
      this.problem = problem.message;
      changed();
      return;
    }
    if (this.ended) return;
    this.pending = [];
    this.complete = this.follow;
    this.stream = new Stream({ sweep: this.id, follow: this.follow }, this.since, event => this.hear(event), () => this.follow && this.seldom.ask(), () => this.caughtUp()).start();
  }

  caughtUp() {
    this.complete = true;
    this.pending.forEach(event => this.feed(event));
    this.pending = [];
    changed();
  }

  /** Hears of an event of another stream; once those of its own are read. */
  feed(event) {
    if (!this.complete) this.pending?.push(event);
    else if (event.sequence === undefined || event.sequence > (this.last ?? 0)) this.hear(event);
  }

  stop() {
    this.ended = true;
    this.stream?.stop();
    this.seldom.stop();
  }

  async readSummary() {
    this.summary = await find(sweepPath(this.id)) ?? this.summary;
    changed();
  }

  async readTrials() {
    const breath = new Breath();
    for (let from = 0; from === 0 || from < this.total; from += PAGE) {
      const response = await request(`${sweepPath(this.id)}/trials?from=${from}&count=${PAGE}`);
      this.loaded ??= Date.parse(response.headers.get('Date')) || Date.now();
      const page = await response.json();
      if (this.ended) return;
      this.total = page.total;
      this.since = page.since;
      this.name = page.name;
      for (const planned of page.trials) {
        this.add(planned);
        await breath.taken();
      }
      changed();
    }
    this.axes = axesOf(this.trials);
  }

  add(planned) {
    const trial = { index: planned.trial, model: planned.model, point: planned.point, stages: planned.stages, metrics: {}, status: 'waiting', seconds: 0, atWork: 0 };
    trial.words = [planned.model, ...Object.values(planned.point)].join(' ').toLowerCase();
    this.trials.push(trial);
    for (const [role, key] of Object.entries(planned.stages)) {
      let owners = this.byKey.get(key);
      if (!owners) this.byKey.set(key, owners = []);
      owners.push([trial, role]);
    }
  }

  /** Reads everything again: the sweep has another plan. */
  async again() {
    this.stream.stop();
    this.clear();
    this.loaded = undefined;
    await this.start();
  }

  hear(event) {
    this.last = event.sequence ?? this.last;
    const kind = event.event;
    if (event.reason || kind.startsWith('sweep-') || kind.startsWith('trial-')) {
      this.recent.push(event);
      if (this.recent.length > 200) this.recent.shift();
    }
    if (kind === 'stage-progress') this.progress(event);
    else if (kind === 'stage-leased') this.leased(event);
    else if (ENDS.has(kind)) this.ends(event);
    else if (kind === 'trial-completed' || kind === 'trial-failed') this.settled(event);
    else if (kind === 'trials-retried') event.trials.forEach(index => this.reset(this.trials[index]));
    else if (kind === 'sweep-submitted') this.trials.forEach(trial => trial.status === 'failed' && this.reset(trial));
    else if ((kind === 'sweep-extended' || kind === 'sweep-replanned') && Date.parse(event.time) > this.loaded) return void this.again();
    if (kind !== 'stage-progress' && this.follow && Date.parse(event.time) > this.loaded - 1000) this.seldom.ask();
    changed();
  }

  reset(trial) {
    if (!trial) return;
    trial.status = trial.atWork ? 'running' : 'waiting';
    trial.reason = undefined;
  }

  progress(event) {
    const loss = /loss ([\d.eE+-]+)/.exec(event.note);
    if (loss) {
      let curve = this.losses.get(event.stage);
      if (!curve) this.losses.set(event.stage, curve = { steps: [], loss: [] });
      if (event.done > (curve.steps.at(-1) ?? -1) && curve.steps.length < LOSSES_KEPT) {
        curve.steps.push(event.done);
        curve.loss.push(Number(loss[1]));
      }
    }
    const stage = this.stages.get(event.stage);
    if (stage) stage.progress = event;
  }

  leased(event) {
    const task = { lease: event.lease, worker: event.worker, kind: event.kind, stage: event.stage, attempt: event.attempt, begun: Date.parse(event.time) };
    this.open.set(event.lease, task);
    this.tasks.push(task);
    this.stages.set(event.stage, { status: 'running', kind: event.kind });
    this.atWork(event.stage, 1);
  }

  /** A trial runs while a worker is at one of its stages. */
  atWork(stage, more) {
    for (const [trial] of this.byKey.get(stage) ?? []) {
      trial.atWork = Math.max(0, trial.atWork + more);
      if (trial.status === 'waiting' || trial.status === 'running') trial.status = trial.atWork ? 'running' : 'waiting';
    }
  }

  ends(event) {
    const task = this.open.get(event.lease);
    if (task) {
      task.ended = Date.parse(event.time);
      task.outcome = event.event;
      task.reason = event.reason;
      this.open.delete(event.lease);
      this.atWork(event.stage, -1);
    }
    const done = event.event === 'stage-completed' || event.event === 'stage-reused';
    this.stages.set(event.stage, { status: done ? 'done' : event.event === 'stage-failed' ? 'failed' : 'waiting', kind: event.kind, seconds: event.seconds });
    if (!done) return;
    this.seconds += event.seconds;
    for (const [trial, role] of this.byKey.get(event.stage) ?? []) {
      this.measured(trial, role, event);
    }
  }

  measured(trial, role, event) {
    trial.seconds += event.seconds;
    if (SILENT.has(role)) return;
    const [place, text] = role.split(':');
    const under = MEASURES[place] ?? place;
    for (const [name, value] of Object.entries(event.metrics)) {
      if (text !== undefined && name !== 'perplexity' && name !== 'bits_per_byte') continue;
      const key = `${under}.${name}${text === undefined ? '' : `.${text}`}`;
      trial.metrics[key] = value;
      if (!this.metrics.has(key)) this.metrics.set(key, titleOf(key));
    }
  }

  settled(event) {
    const trial = this.trials[event.trial];
    if (!trial) return;
    trial.status = event.event === 'trial-failed' ? 'failed' : 'completed';
    trial.reason = event.reason;
  }

  /** The metrics that any trial has, those with names first. */
  metricKeys() {
    if (this.metricsShown !== this.metrics.size) {
      this.metricsShown = this.metrics.size;
      const named = NAMED.map(([key]) => key).filter(key => this.metrics.has(key));
      this.keys = [...named, ...[...this.metrics.keys()].filter(key => !TITLES.has(key)).sort()];
    }
    return this.keys ?? [];
  }

  /** What compares best where nothing else is chosen: the last model's perplexity. */
  mainMetric() {
    return ['recovered.perplexity', 'pruned.perplexity'].find(key => this.metrics.has(key)) ?? this.metricKeys()[0];
  }

  /** The trial that is best in a metric; none where no trial has it. */
  best(metric = this.mainMetric()) {
    let best;
    for (const trial of this.trials) {
      const value = trial.metrics[metric];
      if (value !== undefined && trial.point.strategy !== 'dense' && (!best || isBetter(metric, value, best.metrics[metric]))) best = trial;
    }
    return best;
  }

  /** Seconds that remain, by what stages of each kind took so far. */
  timeLeft(plan) {
    if (!plan || this.summary?.status !== 'running') return undefined;
    const kinds = new Map();
    for (const stage of plan.stages) {
      const kind = kinds.get(stage.kind) ?? { left: 0, done: 0, seconds: 0 };
      const known = this.stages.get(stage.stage);
      if (known?.status === 'done') {
        if (known.seconds > 0) {
          kind.done++;
          kind.seconds += known.seconds;
        }
      } else if (known?.status !== 'failed') {
        kind.left++;
      }
      kinds.set(stage.kind, kind);
    }
    const workers = Math.max(1, new Set([...this.open.values()].map(task => task.worker)).size);
    let left = 0;
    for (const kind of kinds.values()) left += kind.done ? kind.left * kind.seconds / kind.done : 0;
    return left / workers;
  }
}

export const isBetter = (metric, a, b) => lowIsGood(metric) ? a < b : a > b;
export const lowIsGood = metric => !/accuracy|\.acc|correct|throughput|tokens_per/.test(metric);

/** What a trial has under a key: an axis, its model, or a metric. */
export function valueOf(trial, key) {
  if (key === 'model') return trial.model;
  if (key === 'seconds') return trial.seconds || undefined;
  const place = trial.point[key];
  if (place !== undefined) return place !== '' && Number.isFinite(Number(place)) ? Number(place) : place;
  return trial.metrics[key];
}

/** Tasks of which the accuracy by length counts, as in tables. */
const NORMALISED = new Set(['hellaswag', 'arc_challenge', 'openbookqa', 'wordnet']);

/** The standard error of an accuracy, or of the mean of all; nothing where it is unknown. */
export function errorOf(trial, key) {
  const [, model, rest] = /^(\w+)\.(.+)$/.exec(key) ?? [];
  const own = name => trial.metrics[`${model}.${name}`];
  const task = /^(.+)\.(acc|acc_norm)$/.exec(rest ?? '');
  if (task) {
    const [share, n] = [own(rest), own(`${task[1]}.n`)];
    return own(`${rest}_stderr`) ?? (n > 1 ? Math.sqrt(share * (1 - share) / (n - 1)) : undefined);
  }
  if (rest !== 'accuracy') return undefined;
  const begin = `${model}.`;
  const counted = Object.keys(trial.metrics)
    .filter(name => name.startsWith(begin) && name.endsWith('.acc'))
    .map(name => NORMALISED.has(name.slice(begin.length, -4)) && trial.metrics[`${name}_norm`] !== undefined ? `${name}_norm` : name);
  const mean = counted.reduce((sum, name) => sum + trial.metrics[name], 0) / counted.length;
  if (!(Math.abs(mean - trial.metrics[key]) < 1e-9)) return undefined; // of other tasks than these
  return Math.sqrt(counted.reduce((sum, name) => sum + errorOf(trial, name) ** 2, 0)) / counted.length || undefined;
}

/** The axes of which trials have several values, and those values in order. */
export function axesOf(trials) {
  const values = new Map();
  for (const trial of trials) {
    for (const [axis, value] of [['model', trial.model], ...Object.entries(trial.point)]) {
      let seen = values.get(axis);
      if (!seen) values.set(axis, seen = new Set());
      seen.add(value);
    }
  }
  return [...values]
    .filter(([, seen]) => seen.size > 1)
    .map(([name, seen]) => ({ name, values: [...seen].map(value => Number.isFinite(Number(value)) ? Number(value) : value).sort(order) }));
}

export const readPlan = id => get(`${sweepPath(id)}/plan`);
