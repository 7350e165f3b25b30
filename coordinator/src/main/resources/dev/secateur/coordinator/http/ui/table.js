// A table of any number of rows, of which only those in sight are in the document.
import { h, Component } from './view.js';
import { number, order } from './format.js';

const ROW = 34;
const MORE = 8;
const WHOLE = 60;

/** Rows in the order of a column, upwards or downwards; those without a value last in either. */
export function sorted(rows, column, down) {
  if (!column) return rows;
  const keyed = rows.map((row, at) => ({ row, at, value: column.value(row) }));
  const none = value => value === undefined || value === null || value === '';
  keyed.sort((a, b) => {
    const compared = order(a.value, b.value);
    const signed = down && !none(a.value) && !none(b.value) ? -compared : compared;
    return signed || a.at - b.at;
  });
  return keyed.map(each => each.row);
}

/**
 * columns: key, title, value(row), and numeric, cell(row) where they differ from text. rows: in their order. sort: {key, down}; onSort: told of
 * another; absent where rows can't be sorted. name(row): identity of a row. label: what the table has.
 */
export class Table extends Component {
  constructor() {
    super();
    this.state = { from: 0, tall: 600 };
    this.scrolled = () => {
      const from = Math.floor(this.box.scrollTop / ROW);
      const tall = this.box.clientHeight;
      if (from !== this.state.from || tall !== this.state.tall) this.setState({ from, tall });
    };
  }

  componentDidMount() {
    this.observer = new ResizeObserver(this.scrolled);
    this.observer.observe(this.box);
  }

  componentWillUnmount() {
    this.observer.disconnect();
  }

  render({ columns, rows, sort, onSort, name, label, chosen }) {
    const whole = rows.length <= WHOLE;
    const from = whole ? 0 : Math.max(0, Math.min(this.state.from - MORE, rows.length - MORE));
    const end = whole ? rows.length : Math.min(rows.length, this.state.from + Math.ceil(this.state.tall / ROW) + MORE);
    const gap = (rows_, key) => rows_ > 0 && h('tr', { key, class: 'gap', 'aria-hidden': 'true' }, h('td', { colSpan: columns.length, style: { height: `${rows_ * ROW}px` } }));
    return h('div', { class: `scroll${whole ? '' : ' tall'}`, role: 'region', 'aria-label': label, tabIndex: 0, ref: box => { this.box = box; }, onScroll: this.scrolled },
      h('table', { 'aria-rowcount': rows.length + 1 },
        h('caption', { class: 'hidden' }, label),
        h('thead', null, h('tr', { 'aria-rowindex': 1 }, columns.map(column => this.head(column, sort, onSort)))),
        h('tbody', null, gap(from, 'before'),
          rows.slice(from, end).map((row, at) =>
            h('tr', { key: name(row), 'aria-rowindex': from + at + 2, class: chosen?.(row) ? 'chosen' : '' },
              columns.map((column, place) => h(place === 0 ? 'th' : 'td', { key: column.key, scope: place === 0 ? 'row' : undefined, class: column.numeric ? 'number' : '' }, column.cell ? column.cell(row) : number(column.value(row)))))),
          gap(rows.length - end, 'after'))));
  }

  head(column, sort, onSort) {
    const now = sort?.key === column.key;
    const word = now ? (sort.down ? 'descending' : 'ascending') : 'none';
    return h('th', { key: column.key, scope: 'col', class: column.numeric ? 'number' : '', 'aria-sort': onSort && !column.fixed ? word : undefined },
      onSort && !column.fixed
        ? h('button', { class: 'sort', onClick: () => onSort({ key: column.key, down: now ? !sort.down : false }) }, column.title, h('span', { 'aria-hidden': 'true' }, now ? (sort.down ? ' ▼' : ' ▲') : ''))
        : column.title);
  }
}
