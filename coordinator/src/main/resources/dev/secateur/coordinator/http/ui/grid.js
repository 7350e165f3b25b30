// The grid of a sweep as a heat map, and its trials as parallel coordinates.
import { h, Choice, Empty, Sized } from './view.js';
import { clean, cut, number, short } from './format.js';
import { isBetter, lowIsGood, titleOf, valueOf } from './sweepdata.js';
import { Values } from './plots.js';
import { alter, link } from './route.js';

const MOST = 60;

/** A cell's trials, and the best that any of them has. */
function cells(data, row, column, metric) {
  const all = new Map();
  for (const trial of data.trials) {
    const key = `${valueOf(trial, row) ?? ''}\n${valueOf(trial, column) ?? ''}`;
    let cell = all.get(key);
    if (!cell) all.set(key, cell = { trials: 0, settled: 0, failed: 0 });
    cell.trials++;
    if (trial.status === 'completed' || trial.status === 'failed') cell.settled++;
    if (trial.status === 'failed') cell.failed++;
    const value = trial.metrics[metric];
    if (value !== undefined && (cell.best === undefined || isBetter(metric, value, cell.best.metrics[metric]))) cell.best = trial;
  }
  return all;
}

export function HeatMap({ data, query }) {
  const axes = data.axes.map(axis => axis.name);
  if (axes.length < 1) return h(Empty, null, 'All trials are at one point of the grid.');
  const metrics = data.metricKeys();
  const metric = query.get('metric') ?? data.mainMetric();
  const column = axes.includes(query.get('across')) ? query.get('across') : axes.includes('ratio') ? 'ratio' : axes[0];
  const row = axes.includes(query.get('down')) ? query.get('down') : ['criterion', 'strategy', ...axes].find(axis => axes.includes(axis) && axis !== column) ?? column;
  const valuesOf = name => data.axes.find(axis => axis.name === name).values.slice(0, MOST);
  const all = cells(data, row, column, metric);
  const known = [...all.values()].filter(cell => cell.best).map(cell => cell.best.metrics[metric]).filter(Number.isFinite).sort((a, b) => a - b);
  const best = known.length ? (lowIsGood(metric) ? known[0] : known.at(-1)) : undefined;
  const several = data.trials.length > all.size;
  return [
    h('div', { class: 'controls' },
      h(Choice, { label: 'Down', value: row, options: axes, change: down => alter({ down }) }),
      h(Choice, { label: 'Across', value: column, options: axes, change: across => alter({ across }) }),
      metrics.length > 0 && h(Choice, { label: 'Metric', value: metric, options: metrics.map(key => [key, titleOf(key)]), change: value => alter({ metric: value }) })),
    h('p', { class: 'notes' }, several ? `Each cell has its best trial's ${titleOf(metric ?? '')}; the stronger its colour, the ${lowIsGood(metric ?? '') ? 'lower' : 'higher'}, which is better.` : 'The stronger the colour, the better.', ' The best of all is outlined.'),
    h('div', { class: 'scroll', role: 'region', 'aria-label': 'Grid', tabIndex: 0 },
      h('table', { class: 'heat' }, h('caption', { class: 'hidden' }, `${titleOf(metric ?? '')} by ${row} and ${column}`),
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, `${row} \\ ${column}`), (row === column ? ['all'] : valuesOf(column)).map(value => h('th', { scope: 'col', class: 'number', key: value }, cut(value, 30))))),
        h('tbody', null, valuesOf(row).map(down => h('tr', { key: down }, h('th', { scope: 'row' }, cut(down, 40)),
          (row === column ? [down] : valuesOf(column)).map(across => {
            const cell = all.get(`${down}\n${across}`);
            return h(Cell, { key: across, cell, metric, known, best, sweep: data.id });
          }))))))];
}

/** How good a value is among all, from 0 to 1, by its rank: one outlier does not make all others equal. */
function rank(known, value, low) {
  if (known.length < 2) return 1;
  let [from, to] = [0, known.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (known[middle] < value) from = middle + 1;
    else to = middle;
  }
  const place = from / (known.length - 1);
  return low ? 1 - place : place;
}

function Cell({ cell, metric, known, best, sweep }) {
  if (!cell) return h('td', { class: 'none', title: 'no trial here' }, '–');
  if (!cell.best) {
    const word = cell.failed === cell.trials ? 'failed' : `${cell.settled}/${cell.trials}`;
    return h('td', { class: 'none', title: `${cell.settled} of ${cell.trials} trials have ended` }, word);
  }
  const value = cell.best.metrics[metric];
  const share = Number.isFinite(value) ? rank(known, value, lowIsGood(metric)) : 0;
  return h('td', { class: value === best ? 'best' : '', style: { background: `color-mix(in oklab, var(--c0) ${Math.round(8 + 47 * share)}%, var(--ground))` } },
    h('a', { href: link(`sweep/${sweep}/trial/${cell.best.index}`), title: clean(`trial ${cell.best.index}${cell.trials > 1 ? `, the best of ${cell.trials}` : ''}`) }, number(value)));
}

const COLOURS = 5;

export function Parallel({ data, query }) {
  const metrics = data.metricKeys();
  const metric = query.get('metric') ?? data.mainMetric();
  const shown = [...data.axes.map(axis => axis.name), ...['pruning.parameters_after', 'pruned.perplexity', 'recovered.perplexity', 'pruned.accuracy', 'recovered.accuracy', metric].filter((key, at, all) => metrics.includes(key) && all.indexOf(key) === at)];
  const trials = data.trials.filter(trial => trial.metrics[metric] !== undefined);
  if (shown.length < 2 || trials.length === 0) return h(Empty, null, 'Nothing to draw yet: no trial has been evaluated.');
  const known = trials.map(trial => trial.metrics[metric]).sort((a, b) => a - b);
  return h('figure', null,
    h('div', { class: 'controls' }, h(Choice, { label: 'Colour by', value: metric, options: metrics.map(key => [key, titleOf(key)]), change: value => alter({ metric: value }) })),
    h(Sized, null, width => h(Coordinates, { width, shown, trials, data, metric, known })),
    h('ul', { class: 'legend' }, Array.from({ length: COLOURS }, (_, at) => h('li', { key: at, class: `q${at}` }, h('i', { 'aria-hidden': 'true' }), at === 0 ? 'best fifth' : at === COLOURS - 1 ? 'worst fifth' : `fifth ${at + 1}`))),
    h(Values, { head: ['trial', ...shown.map(titleOf)], rows: () => trials.map(trial => [trial.index, ...shown.map(key => valueOf(trial, key))]) }));
}

function Coordinates({ width, shown, trials, data, metric, known }) {
  const each = Math.max(90, (width - 80) / Math.max(1, shown.length - 1));
  const whole = Math.max(width, 80 + each * (shown.length - 1));
  const height = 340;
  const [top, bottom] = [34, height - 14];
  const places = shown.map((key, at) => {
    const axis = data.axes.find(one => one.name === key);
    const x = 40 + at * each;
    const last = at > 0 && at === shown.length - 1;
    if (axis) {
      const step = (bottom - top) / Math.max(1, axis.values.length - 1);
      const where = new Map(axis.values.map((value, place) => [value, axis.values.length === 1 ? (top + bottom) / 2 : bottom - place * step]));
      return { key, x, last, at: trial => where.get(valueOf(trial, key)), marks: axis.values.length > 12 ? [] : [...where] };
    }
    const values = trials.map(trial => trial.metrics[key]).filter(Number.isFinite);
    const log = values.every(value => value > 0) && Math.max(...values) > 20 * Math.min(...values);
    const map = log ? Math.log : value => value;
    const [low, high] = values.reduce(([a, b], value) => [Math.min(a, map(value)), Math.max(b, map(value))], [Infinity, -Infinity]);
    const y = value => bottom - (high > low ? (map(value) - low) / (high - low) : 0.5) * (bottom - top);
    return { key, x, last, at: trial => Number.isFinite(trial.metrics[key]) ? y(trial.metrics[key]) : undefined, marks: [low, high].map(value => [log ? Math.exp(value) : value, bottom - (high > low ? (value - low) / (high - low) : 0.5) * (bottom - top)]) };
  });
  const paths = Array.from({ length: COLOURS }, () => []);
  for (const trial of trials) {
    const fifth = Math.min(COLOURS - 1, Math.floor((1 - rank(known, trial.metrics[metric], lowIsGood(metric))) * COLOURS));
    let up = true;
    for (const place of places) {
      const y = place.at(trial);
      if (y === undefined) {
        up = true;
      } else {
        paths[fifth].push(`${up ? 'M' : 'L'}${place.x.toFixed(0)} ${y.toFixed(1)}`);
        up = false;
      }
    }
  }
  return h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Parallel coordinates' },
    h('svg', { width: whole, height, viewBox: `0 0 ${whole} ${height}`, style: { maxWidth: 'none' }, role: 'img', 'aria-label': 'One line per trial, through its value on each axis; the table below has the values' },
      paths.map((path, at) => h('path', { key: at, class: `thin q${at}`, d: path.join('') })).reverse(),
      places.map(place => h('g', { key: place.key }, h('path', { class: 'axis', d: `M${place.x} ${top}V${bottom}` }),
        h('text', { x: place.x, y: 16, 'text-anchor': 'middle' }, cut(titleOf(place.key), 16)),
        place.marks.map(([value, y]) => h('text', { key: value, class: 'over', x: place.x + (place.last ? -5 : 5), y: y + 4, 'text-anchor': place.last ? 'end' : 'start' }, cut(typeof value === 'number' && Math.abs(value) < 1e4 ? String(Number(value.toPrecision(4))) : short(value) || value, 16)))))));
}
