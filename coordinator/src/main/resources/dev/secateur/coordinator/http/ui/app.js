// The shell: which page is shown, how the connection stands, and the token where one is asked for.
import { render } from './preact.js';
import { forget, give, hasToken, login } from './api.js';
import { drawWith, update } from './store.js';
import { connection } from './stream.js';
import { h } from './view.js';
import { route, link } from './route.js';
import { Overview } from './overview.js';
import { Events } from './events.js';
import { SweepPage } from './sweep.js';
import { TrialPage } from './trial.js';
import { Compare } from './compare.js';

/** The page that an address means, and what makes it another page than the one before. */
function meant({ path }) {
  if (path[0] === 'sweep' && path.length === 4 && path[2] === 'trial') return [`${path[1]}/${path[3]}`, () => new TrialPage(path[1], path[3])];
  if (path[0] === 'sweep' && path.length === 2) return [`sweep ${path[1]}`, () => new SweepPage(path[1])];
  if (path[0] === 'compare') return ['compare', () => new Compare()];
  if (path[0] === 'events') return ['events', () => new Events()];
  return ['overview', () => new Overview()];
}

let shown = '';
let page;

function go() {
  const now = route();
  const [name, made] = meant(now);
  if (name !== shown) {
    page?.stop();
    const first = shown === '';
    shown = name;
    page = made();
    page.start(now);
    if (!first) {
      scrollTo(0, 0);
      setTimeout(() => document.querySelector('h1')?.focus(), 50);
    }
  }
  page.moved?.(now);
  update();
}

const WORDS = { connecting: 'Connecting…', live: 'Live', away: 'The coordinator does not answer; retrying…', paused: 'Paused while this tab is hidden' };

function Shell() {
  const now = route();
  const at = now.path[0] ?? '';
  const entry = (path, title) => h('li', null, h('a', { href: link(path), 'aria-current': at === path ? 'page' : undefined }, title));
  return [
    h('a', { class: 'skip', href: '#main', onClick: event => { event.preventDefault(); document.getElementById('main').focus(); } }, 'Skip to the content'),
    h('header', null,
      h('p', { class: 'brand' }, h('a', { href: link('') }, 'Secateur')),
      h('nav', { 'aria-label': 'Pages' }, h('ul', null, entry('', 'Overview'), entry('compare', 'Compare'), entry('events', 'Events'))),
      h('p', { class: `connection ${connection.state}`, role: 'status' }, h('span', { 'aria-hidden': 'true' }, '● '), login.needed ? 'Waiting for a token' : WORDS[connection.state]),
      hasToken() && h('button', { onClick: forget }, 'Forget the token')),
    h('main', { id: 'main', tabIndex: -1 }, login.needed ? h(Login) : page.view(now))];
}

const Login = () => h('form', {
  class: 'login',
  onSubmit: event => {
    event.preventDefault();
    give(event.target.elements.token.value.trim()).catch(problem => {
      login.problem = problem.message;
      update();
    });
  } },
  h('h1', { tabIndex: -1 }, 'A token is needed'),
  h('p', null, 'This coordinator requires a token. ', h('code', null, 'secateur token FILE'), ' creates one. It is kept until this tab is closed.'),
  h('label', { for: 'token' }, 'Token'),
  h('input', { id: 'token', name: 'token', type: 'password', required: true, autocomplete: 'off', 'aria-describedby': 'token-problem', 'aria-invalid': login.problem ? 'true' : undefined }),
  h('p', { id: 'token-problem', class: 'problem', role: 'alert' }, login.problem),
  h('button', { type: 'submit' }, 'Continue'));

const root = document.getElementById('app');
root.replaceChildren();
drawWith(() => {
  document.title = `${page?.title ?? ''} – Secateur`;
  render(h(Shell), root);
});
window.addEventListener('hashchange', go);
go();
