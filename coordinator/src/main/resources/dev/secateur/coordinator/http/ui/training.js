// What recoveries and trainings lost on the way, and what models wrote.
import { find, sweepPath } from './api.js';
import { changed } from './store.js';
import { h, Choice, Component, Empty, Text } from './view.js';
import { Lines } from './plots.js';
import { brief, plural } from './format.js';
import { link } from './route.js';

const MOST = 12;
const ROLES = [['adapter', ''], ['scratch', ' from scratch']];

/** The losses of a stage: kept with its artifact once it is done, else as its progress tells them. */
async function read(data, key) {
  const kept = await find(`artifacts/${key}/files/losses.json`).catch(() => undefined);
  if (kept) data.losses.set(key, { ...kept, whole: true });
  changed();
}

/** Lines of some trials' trainings; those of stages that ended are read when they are first shown. */
export function curves(data, trials, name = trial => `trial ${trial.index}`) {
  const lines = [];
  data.lossesAsked ??= new Set();
  for (const trial of trials) {
    for (const [role, words] of ROLES) {
      const key = trial.stages[role];
      if (!key) continue;
      if (data.stages.get(key)?.status === 'done' && !data.lossesAsked.has(key)) {
        data.lossesAsked.add(key);
        read(data, key);
      }
      const curve = data.losses.get(key);
      if (!curve) continue;
      lines.push({ name: name(trial) + words, x: curve.steps, y: curve.loss });
      if (curve.validation_steps?.length) lines.push({ name: `${name(trial)}${words}, held out`, x: curve.validation_steps, y: curve.validation_loss, dashed: true });
    }
  }
  return lines;
}

export class Losses extends Component {
  render({ data }) {
    const training = data.trials.filter(trial => ROLES.some(([role]) => trial.stages[role]));
    if (training.length === 0) return h(Empty, null, 'The trials of this sweep are not trained: it has no recovery.');
    const begun = training.filter(trial => ROLES.some(([role]) => data.stages.has(trial.stages[role])));
    const atWork = begun.filter(trial => ROLES.some(([role]) => data.stages.get(trial.stages[role])?.status === 'running'));
    const chosen = this.state.chosen ?? (atWork.length ? [...atWork, ...begun.filter(trial => !atWork.includes(trial))] : begun).slice(0, 6).map(trial => trial.index);
    const toggle = index => this.setState({ chosen: chosen.includes(index) ? chosen.filter(one => one !== index) : [...chosen, index].slice(-MOST) });
    const lines = curves(data, training.filter(trial => chosen.includes(trial.index)));
    return [
      lines.length ? h(Lines, { lines, titleX: 'step', titleY: 'loss', label: 'Losses of recoveries' }) : h(Empty, null, 'No recovery has started yet; its losses will appear here.'),
      begun.length > 0 && h('details', { open: begun.length <= 40 }, h('summary', null, `Trials (at most ${MOST})`),
        h('fieldset', { class: 'checks' }, h('legend', { class: 'hidden' }, 'Trials'), begun.slice(0, 200).map(trial => h('label', { key: trial.index, title: brief(trial.words, 200) }, h('input', { type: 'checkbox', checked: chosen.includes(trial.index), onChange: () => toggle(trial.index) }), `trial ${trial.index}`)))),
      begun.length > 200 && h('p', { class: 'notes' }, `The first 200 of ${plural(begun.length, 'trial')}.`)];
  }
}

/** What a text is of, in the words of the grid. */
const place = (trial, model) => trial === undefined ? '' : (model === 'before' ? [trial.model, 'dense'] : [trial.model, trial.point.strategy, trial.point.ratio, trial.point.criterion, trial.point.aggregation]).filter(Boolean).join(' ');

/** Those of the dense model once, and before the others: trials share it. */
function once(texts, data, prompt) {
  const said = text => text.samples.find(sample => sample.prompt === prompt).text;
  const seen = new Set();
  const dense = texts.filter(text => text.model === 'before').filter(text => {
    const key = `${data.trials[text.trial]?.model}\n${said(text)}`;
    return !seen.has(key) && seen.add(key);
  });
  return [...dense, ...texts.filter(text => text.model !== 'before')];
}

export class Samples extends Component {
  componentDidMount() {
    this.read();
  }

  componentDidUpdate() {
    this.read();
  }

  async read() {
    const { data, files } = this.props;
    if (data.samples || this.asked || !files?.includes('samples.json')) return;
    this.asked = true;
    const read = await find(`${sweepPath(data.id)}/files/samples.json`).catch(() => undefined);
    data.samples = read?.texts ?? [];
    this.forceUpdate();
  }

  render({ data, files }) {
    if (!files || files.includes('samples.json') && !data.samples) return h(Empty, null, 'Reading…');
    const texts = data.samples ?? [];
    const prompts = [...new Set(texts.flatMap(text => text.samples.map(sample => sample.prompt)))];
    if (prompts.length === 0) return h(Empty, null, 'There are no texts: they are generated at the end of a sweep whose configuration has evaluation.generate.');
    const prompt = this.state.prompt ?? prompts[0];
    const having = once(texts.filter(text => text.samples.some(sample => sample.prompt === prompt)), data, prompt);
    return [
      h('div', { class: 'controls' }, h(Choice, { label: 'Prompt', value: prompt, options: prompts, change: to => this.setState({ prompt: to }) })),
      h('div', { class: 'texts' }, having.slice(0, 60).map(text => h('article', { key: `${text.trial} ${text.model}` },
        h('h3', null, h('a', { href: link(`sweep/${data.id}/trial/${text.trial}`) }, `trial ${text.trial}`), `, ${text.model}`),
        h('p', { class: 'notes', dir: 'auto' }, brief(place(data.trials[text.trial], text.model), 200)),
        h('p', { dir: 'auto' }, h('b', null, brief(prompt, 400)), h(Text, { of: text.samples.find(sample => sample.prompt === prompt).text, most: 3000 }))))),
      having.length > 60 && h('p', { class: 'notes' }, `The first 60 of ${having.length}; samples.md has all.`)];
  }
}
