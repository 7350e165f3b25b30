// Plots as SVG. Many points are one path of round strokes, so that thousands of them cost little; what a plot shows stands in a table too.
import { h, Component, Sized } from './view.js';
import { cut, number, order, short } from './format.js';

const COLOURS = 7;
export const colour = at => `c${at % COLOURS}`;
const PAD = { left: 64, right: 14, top: 10, bottom: 42 };

/** A scale from values to pixels, and its ticks. log: by powers of ten. */
export function scale(values, from, to, log = false) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value) || log && value <= 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = log ? [low / 2, low * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const map = log ? Math.log10 : value => value;
  const room = (map(high) - map(low)) * 0.04;
  const [a, b] = [map(low) - room, map(high) + room];
  const at = value => from + (map(value) - a) / (b - a) * (to - from);
  return { at, ticks: log ? logTicks(a, b) : ticks(a, b), has: value => Number.isFinite(value) && (!log || value > 0) };
}

function ticks(low, high) {
  const rough = (high - low) / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(each => each * size).find(each => each >= rough);
  const all = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) all.push(Number(at.toPrecision(12)));
  return all;
}

function logTicks(low, high) {
  const all = [];
  const few = high - low > 3 ? [1] : [1, 2, 5];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const each of few) {
      const value = each * 10 ** power;
      if (Math.log10(value) >= low && Math.log10(value) <= high) all.push(value);
    }
  }
  return all.length > 1 ? all : ticks(10 ** low, 10 ** high);
}

const word = value => Math.abs(value) >= 1e4 ? short(value) : String(Number(value.toPrecision(4)));

/** The frame of a plot: grid, ticks and titles. */
export const Frame = ({ x, y, width, height, titleX, titleY }) => [
  x.ticks.map(tick => h('g', { key: `x${tick}` }, h('path', { class: 'grid', d: `M${x.at(tick)} ${PAD.top}V${height - PAD.bottom}` }), h('text', { x: x.at(tick), y: height - PAD.bottom + 16, 'text-anchor': 'middle' }, word(tick)))),
  y.ticks.map(tick => h('g', { key: `y${tick}` }, h('path', { class: 'grid', d: `M${PAD.left} ${y.at(tick)}H${width - PAD.right}` }), h('text', { x: PAD.left - 6, y: y.at(tick) + 4, 'text-anchor': 'end' }, word(tick)))),
  h('path', { class: 'axis', d: `M${PAD.left} ${PAD.top}V${height - PAD.bottom}H${width - PAD.right}` }),
  h('text', { x: (width + PAD.left) / 2, y: height - 6, 'text-anchor': 'middle' }, cut(titleX, 60)),
  h('text', { transform: `translate(13 ${height / 2 - 10}) rotate(-90)`, 'text-anchor': 'middle' }, cut(titleY, 40))];

export const Legend = ({ names, more = [] }) =>
  h('ul', { class: 'legend' }, names.slice(0, 20).map((name, at) => h('li', { key: name, class: colour(at) }, h('i', { 'aria-hidden': 'true' }), h('span', { dir: 'auto' }, cut(name, 60)))), names.length > 20 && h('li', null, `and ${names.length - 20} more`), more);

/** What a plot shows, for readers who do not see it. At most a thousand rows: the table of trials has all. */
export const Values = ({ head, rows }) =>
  h('details', null, h('summary', null, 'As a table'),
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Values of the plot' },
      h(Lazy, { of: () => h('table', null, h('thead', null, h('tr', null, head.map(title => h('th', { scope: 'col', key: title }, title)))),
        h('tbody', null, rows().slice(0, 1000).map((row, at) => h('tr', { key: at }, row.map((cell, place) => h(place ? 'td' : 'th', { key: place, scope: place ? undefined : 'row', class: typeof cell === 'number' ? 'number' : '' }, number(cell))))))) })));

/** What is made only when what it stands in is opened. */
class Lazy extends Component {
  componentDidMount() {
    this.base_ = this.mark.closest('details');
    this.toggled = () => this.setState({ open: this.base_.open });
    this.base_.addEventListener('toggle', this.toggled);
  }

  componentWillUnmount() {
    this.base_.removeEventListener('toggle', this.toggled);
  }

  render({ of }) {
    return [h('span', { ref: mark => { this.mark = mark; } }), this.state.open && of()];
  }
}

/** The points that none is better than in both: lower in x and better in y. */
export function front(points, lowY) {
  const by = [...points].sort((a, b) => a.x - b.x || (lowY ? a.y - b.y : b.y - a.y));
  const best = [];
  for (const point of by) {
    const last = best.at(-1);
    if (!last || (lowY ? point.y < last.y : point.y > last.y)) best.push(point);
  }
  return best;
}

/** A path through the front in steps: between two of its points nothing better is known. */
const steps = (points, x, y) => points.map((point, at) => at ? `H${x.at(point.x)}V${y.at(point.y)}` : `M${x.at(point.x)} ${y.at(point.y)}`).join('');

/**
 * Points of x and y, a colour to each series. points: {x, y, series, href, title}. dense: a point of the same, to be told from others. error: of a point, the standard error of its y where it is known.
 */
export class Scatter extends Component {
  render({ points, series, titleX, titleY, logX, logY, lowY = true, label, dense = [] }) {
    const errors = points.some(point => point.error);
    return h('figure', null, h(Sized, null, width => this.plot(width, { points, series, titleX, titleY, logX, logY, lowY, label, dense })),
      h(Legend, { names: series, more: [
        h('li', { key: 'front' }, h('svg', { width: 26, height: 10, 'aria-hidden': 'true' }, h('path', { class: 'front', d: 'M0 5H26' })), 'best for its ', titleX),
        dense.length > 0 && h('li', { key: 'dense' }, h('svg', { width: 26, height: 10, 'aria-hidden': 'true' }, h('path', { class: 'dense', d: 'M0 5H26' })), 'dense model')] }),
      h('p', { class: 'tip notes', 'aria-hidden': 'true' }, this.state.near ? `${this.state.near.title}: ${titleX} ${number(this.state.near.x)}, ${titleY} ${number(this.state.near.y)}${this.state.near.error ? ` ± ${number(this.state.near.error)}` : ''}` : 'Point at a trial to see which it is; a click opens it.'),
      errors && h('p', { class: 'notes' }, 'Bars are standard errors.'),
      h(Values, { head: ['trial', titleX, titleY, ...errors ? ['standard error'] : []], rows: () => [...points].sort((a, b) => order(a.x, b.x)).map(point => [point.title, point.x, point.y, ...errors ? [point.error ?? ''] : []]) }));
  }

  plot(width, { points, series, titleX, titleY, logX, logY, lowY, label, dense }) {
    const height = Math.max(260, Math.min(460, Math.round(width * 0.5)));
    const all = [...points, ...dense];
    const x = scale(all.map(point => point.x), PAD.left, width - PAD.right, logX);
    const y = scale([...all.map(point => point.y), ...points.flatMap(point => point.error ? [point.y - point.error, point.y + point.error] : [])], height - PAD.bottom, PAD.top, logY);
    const seen = points.filter(point => x.has(point.x) && y.has(point.y));
    const paths = series.map(() => []);
    for (const point of seen) paths[point.series]?.push(`M${Math.round(x.at(point.x) * 10) / 10} ${Math.round(y.at(point.y) * 10) / 10}h0`);
    const bars = series.map(() => []);
    for (const point of seen) {
      if (point.error && y.has(point.y - point.error)) bars[point.series]?.push(`M${x.at(point.x).toFixed(1)} ${y.at(point.y - point.error).toFixed(1)}V${y.at(point.y + point.error).toFixed(1)}`);
    }
    const near = this.state.near && points.find(point => point.title === this.state.near.title);
    const find = event => {
      const box = event.currentTarget.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      let best, least = 24 ** 2;
      for (const point of seen) {
        const far = (x.at(point.x) - px) ** 2 + (y.at(point.y) - py) ** 2;
        if (far < least) [best, least] = [point, far];
      }
      return best;
    };
    return h('svg', {
      width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${label}; the table below has its values`,
      onPointerMove: event => { const found = find(event); if (found?.title !== this.state.near?.title) this.setState({ near: found }); },
      onPointerLeave: () => this.setState({ near: undefined }),
      onClick: event => { const found = find(event); if (found?.href) location.hash = found.href; } },
    h(Frame, { x, y, width, height, titleX, titleY }),
    dense.filter(point => y.has(point.y)).slice(0, 8).map((point, at) => h('path', { key: `d${at}`, class: 'dense', d: `M${PAD.left} ${y.at(point.y)}H${width - PAD.right}` })),
    h('path', { class: 'front', d: steps(front(seen, lowY), x, y) }),
    bars.map((path, at) => path.length > 0 && h('path', { key: `e${at}`, class: `errors ${colour(at)}`, d: path.join('') })),
    paths.map((path, at) => h('path', { key: at, class: `points ${colour(at)}`, d: path.join('') })),
    near && h('circle', { class: 'near', r: 8, cx: x.at(near.x), cy: y.at(near.y) }));
  }
}

/** Lines of steps and values. lines: {name, x: [], y: [], dashed}. */
export const Lines = ({ lines, titleX, titleY, logY, label }) => {
  const shown = lines.filter(line => line.x.length > 0);
  return h('figure', null, h(Sized, null, width => {
    const height = Math.max(240, Math.min(420, Math.round(width * 0.45)));
    const x = scale(shown.flatMap(line => line.x), PAD.left, width - PAD.right);
    const y = scale(shown.flatMap(line => line.y), height - PAD.bottom, PAD.top, logY);
    return h('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${label}; the table below has its values` },
      h(Frame, { x, y, width, height, titleX, titleY }),
      shown.map((line, at) => h('path', { key: line.name, class: `line ${colour(at)}`, 'stroke-dasharray': line.dashed ? '6 4' : undefined,
        d: thinned(line).map(([px, py], place) => y.has(py) ? `${place ? 'L' : 'M'}${x.at(px).toFixed(1)} ${y.at(py).toFixed(1)}` : '').join('') })));
  }), h(Legend, { names: shown.map(line => line.name) }),
  h(Values, { head: ['line', titleX, titleY], rows: () => shown.flatMap(line => line.x.map((value, at) => [line.name, value, line.y[at]])) }));
};

/** At most a thousand points of a line, evenly. */
function thinned({ x, y }) {
  const step = Math.max(1, Math.ceil(x.length / 1000));
  const points = [];
  for (let at = 0; at < x.length; at += step) points.push([x[at], y[at]]);
  return points;
}
