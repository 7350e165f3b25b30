// Several sweeps on one plot and in one table.
import { get } from './api.js';
import { changed } from './store.js';
import { Stream } from './stream.js';
import { Empty, Problem, Section, Text, h } from './view.js';
import { Table, sorted } from './table.js';
import { Pareto } from './sweep.js';
import { SweepData, lowIsGood, titleOf } from './sweepdata.js';
import { number, plural, time } from './format.js';
import { alter, link } from './route.js';

const MOST = 6;

export class Compare {
  constructor() {
    this.title = 'Compare';
    this.sweeps = [];
    this.chosen = new Map();
  }

  start() {
    this.stream = new Stream({ newest: 0 }, undefined, event => this.chosen.get(event.sweep)?.feed(event)).start();
    get('sweeps').then(sweeps => {
      this.sweeps = sweeps;
      this.loaded = true;
      changed();
    }, problem => {
      this.problem = problem.message;
      changed();
    });
  }

  stop() {
    this.stream.stop();
    this.chosen.forEach(data => data.stop());
  }

  moved({ query }) {
    const ids = (query.get('sweeps') ?? '').split(',').filter(Boolean).slice(0, MOST);
    for (const [id, data] of this.chosen) {
      if (!ids.includes(id)) {
        data.stop();
        this.chosen.delete(id);
      }
    }
    for (const id of ids) {
      if (this.chosen.has(id)) continue;
      const data = new SweepData(id, false);
      this.chosen.set(id, data);
      data.start().then(changed);
    }
    this.ids = ids;
  }

  view({ query }) {
    const toggle = id => alter({ sweeps: (this.ids.includes(id) ? this.ids.filter(one => one !== id) : [...this.ids, id].slice(-MOST)).join(',') });
    const shown = this.ids.map(id => this.chosen.get(id)).filter(data => data?.trials.length);
    return [
      h('h1', { tabIndex: -1 }, 'Compare'),
      h(Problem, { of: this.problem }),
      this.loaded && this.sweeps.length === 0 && h(Empty, null, 'No sweeps yet.'),
      h('fieldset', { class: 'checks' }, h('legend', null, `Sweeps, at most ${MOST}`), this.sweeps.map(sweep => h('label', { key: sweep.sweep }, h('input', { type: 'checkbox', checked: this.ids.includes(sweep.sweep), onChange: () => toggle(sweep.sweep) }), h(Text, { of: sweep.name, most: 60 }), h('span', { class: 'notes' }, time(sweep.at))))),
      shown.length === 0 ? h(Empty, null, this.ids.length ? 'Reading…' : 'Choose sweeps to compare.') : [
        h(Section, { id: 'plot', title: 'All trials' }, h(Pareto, { sweeps: shown, query })),
        h(Section, { id: 'best', title: 'The best of each' }, this.table(shown, query))]];
  }

  table(shown, query) {
    const metric = query.get('y') ?? shown[0].mainMetric();
    const metrics = [...new Set(['pruning.parameters_after', 'before.perplexity', 'pruned.perplexity', 'recovered.perplexity', 'pruned.accuracy', 'recovered.accuracy', metric])].filter(key => key && shown.some(data => data.metrics.has(key)));
    const rows = shown.flatMap(data => bestByRatio(data, metric).map(trial => ({ data, trial })));
    const columns = [
      { key: 'sweep', title: 'Sweep', value: row => row.data.name, cell: row => h('a', { href: link(`sweep/${row.data.id}`) }, h(Text, { of: row.data.name, most: 60 })) },
      { key: 'ratio', title: 'Ratio', numeric: true, value: row => Number(row.trial.point.ratio), cell: row => row.trial.point.ratio },
      { key: 'trial', title: 'Best trial', value: row => row.trial.index, cell: row => h('a', { href: link(`sweep/${row.data.id}/trial/${row.trial.index}`) }, `trial ${row.trial.index}`) },
      { key: 'way', title: 'How', value: row => [row.trial.model, row.trial.point.strategy, row.trial.point.criterion, row.trial.point.aggregation].filter(Boolean).join(' '), cell: row => h(Text, { of: [row.trial.model, row.trial.point.strategy, row.trial.point.criterion, row.trial.point.aggregation].filter(Boolean).join(' '), most: 100 }) },
      ...metrics.map(key => ({ key, title: titleOf(key), numeric: true, value: row => row.trial.metrics[key] }))];
    const sort = { key: query.get('sort')?.replace(/^-/, '') ?? 'ratio', down: query.get('sort')?.startsWith('-') ?? false };
    return [h('p', { class: 'notes' }, `For each sweep and ratio, the trial with the ${lowIsGood(metric ?? '') ? 'lowest' : 'highest'} ${titleOf(metric ?? '')}; ${plural(shown.length, 'sweep')}, ${number(rows.length)} rows.`),
      h(Table, { columns, rows: sorted(rows, columns.find(one => one.key === sort.key), sort.down), sort, onSort: to => alter({ sort: `${to.down ? '-' : ''}${to.key}` }), name: row => `${row.data.id} ${row.trial.index}`, label: 'The best trial of each sweep and ratio' })];
  }
}

function bestByRatio(data, metric) {
  const best = new Map();
  for (const trial of data.trials) {
    const value = trial.metrics[metric];
    const ratio = trial.point.ratio;
    if (value === undefined) continue;
    const now = best.get(ratio)?.metrics[metric];
    if (now === undefined || (lowIsGood(metric) ? value < now : value > now)) best.set(ratio, trial);
  }
  return [...best.values()];
}
