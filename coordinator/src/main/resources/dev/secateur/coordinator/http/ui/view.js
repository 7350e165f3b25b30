// Parts that several pages have.
import { h, Component, Fragment } from './preact.js';
import { brief, clean, percent } from './format.js';

export { h, Component, Fragment };

/** A status in a word, which has a sign beside its colour. */
const SIGNS = { running: '▶', paused: '⏸', stopping: '◼', stopped: '◼', completed: '✔', cancelled: '✖', failed: '✖', waiting: '…', done: '✔', alert: '⚠', idle: '○', draining: '◼' };
export const Badge = ({ status, text }) =>
  h('span', { class: `badge ${status}` }, h('span', { 'aria-hidden': 'true' }, SIGNS[status] ?? '•'), ' ', text ?? status);

/** How much of something is done, and how much of it failed. */
export const Bar = ({ done, all, failed = 0, label }) =>
  h('div', { class: 'progress', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': all, 'aria-valuenow': done, title: percent(done, all) },
    h('div', { class: 'part', style: { width: all ? `${100 * (done - failed) / all}%` : 0 } }),
    h('div', { class: 'part bad', style: { width: all ? `${100 * failed / all}%` : 0 } }));

/** Somebody's text, in the direction of its own. */
export const Text = ({ of, most, ...more }) => h('span', { dir: 'auto', ...more }, most ? brief(of, most) : clean(of));

export const Section = ({ id, title, children, beside }) =>
  h('section', { 'aria-labelledby': id }, h('div', { class: 'titled' }, h('h2', { id }, title), beside), children);

export const Empty = ({ children }) => h('p', { class: 'empty' }, children);

export const Problem = ({ of }) => of && h('p', { class: 'problem', role: 'alert' }, h('span', { 'aria-hidden': 'true' }, '⚠ '), h(Text, { of, most: 600 }));

/** A choice of one of some values. */
export const Choice = ({ label, value, options, change }) =>
  h('label', { class: 'choice' }, h('span', null, label),
    h('select', { value, onChange: event => change(event.target.value) },
      options.map(option => {
        const [key, title] = Array.isArray(option) ? option : [option, option];
        return h('option', { key, value: key, selected: key === value }, brief(title, 60));
      })));

/** Links to the parts of a page, of which one is shown. */
export const Tabs = ({ label, tabs, now, href }) =>
  h('nav', { class: 'tabs', 'aria-label': label },
    h('ul', null, tabs.map(([key, title]) =>
      h('li', { key }, h('a', { href: href(key), 'aria-current': key === now ? 'page' : undefined }, title)))));

/** Something that is to be done, asked about again where it can't be undone. */
export class Action extends Component {
  render({ label, question, act, danger, disabled }) {
    const { asked, busy } = this.state;
    const run = async () => {
      this.setState({ busy: true });
      try {
        await act();
      } finally {
        this.setState({ busy: false, asked: false });
      }
    };
    if (asked) {
      return h('span', { class: 'asked', role: 'group', 'aria-label': question },
        h('span', null, question, ' '),
        h('button', { class: 'danger', disabled: busy, onClick: run, ref: button => button && !busy && button.focus() }, `Yes, ${label.toLowerCase()}`),
        h('button', { onClick: () => this.setState({ asked: false }) }, 'No'));
    }
    return h('button', { class: danger ? 'danger' : '', disabled: disabled || busy, onClick: question ? () => this.setState({ asked: true }) : run }, label);
  }
}

/** Gives what it draws the width that it has. */
export class Sized extends Component {
  componentDidMount() {
    this.observer = new ResizeObserver(() => {
      const width = Math.floor(this.box?.clientWidth ?? 0);
      if (width && width !== this.state.width) this.setState({ width });
    });
    this.observer.observe(this.box);
  }

  componentWillUnmount() {
    this.observer.disconnect();
  }

  render({ children }) {
    return h('div', { class: 'sized', ref: box => { this.box = box; } }, this.state.width ? children(this.state.width) : null);
  }
}
