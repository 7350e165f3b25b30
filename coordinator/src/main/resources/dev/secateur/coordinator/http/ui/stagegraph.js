// The stages of a plan as a graph: what reads what, and how many trials share it. Few stages are drawn one by one, many as one node of those of a kind that equally many trials share.
import { h, Sized } from './view.js';
import { clean, cut, plural } from './format.js';
import { Values } from './plots.js';
import { KINDS, colourOf } from './kinds.js';

const FEW = 48;
const TALL = 40;
const GAP = 10;
const WIDE = 132;
const BETWEEN = 44;
/** Nodes of a column; of more the last stands for the rest. */
const MOST = 40;

/** Nodes and edges. Nodes have kind, stages, shared (trials of each), column and row; edges from, to and how many stages read. */
export function graphOf(plan) {
  const each = plan.stages.length <= FEW;
  const nodes = new Map();
  const nodeOf = new Map();
  for (const stage of plan.stages) {
    const key = each ? stage.stage : `${stage.kind} ${stage.trials.length}`;
    let node = nodes.get(key);
    if (!node) nodes.set(key, node = { key, kind: stage.kind, shared: stage.trials.length, stages: [] });
    node.stages.push(stage);
    nodeOf.set(stage.stage, node);
  }
  const kinds = KINDS.filter(kind => [...nodes.values()].some(node => node.kind === kind));
  const columns = kinds.map(kind => bounded([...nodes.values()].filter(node => node.kind === kind).sort((a, b) => b.shared - a.shared), nodeOf));
  const edges = new Map();
  for (const stage of plan.stages) {
    for (const input of new Set(stage.inputs)) {
      const [from, to] = [nodeOf.get(input), nodeOf.get(stage.stage)];
      if (!from || from === to) continue;
      const key = `${from.key}\n${to.key}`;
      const edge = edges.get(key) ?? { key, from, to, count: 0 };
      edge.count++;
      edges.set(key, edge);
    }
  }
  return { columns, edges: [...edges.values()] };
}

/** A column of at most this many nodes, those that most trials share first. */
function bounded(nodes, nodeOf) {
  if (nodes.length <= MOST) return nodes;
  const rest = nodes.slice(MOST - 1);
  const stages = rest.flatMap(node => node.stages);
  const last = { key: `${rest[0].kind} rest`, kind: rest[0].kind, shared: rest[0].shared, stages, upTo: true };
  stages.forEach(stage => nodeOf.set(stage.stage, last));
  return [...nodes.slice(0, MOST - 1), last];
}

const sharing = node => `${node.upTo ? 'at most ' : ''}${plural(node.shared, 'trial')}${node.stages.length > 1 ? ' each' : ''}`;
const named = node => node.stages.length === 1 ? node.stages[0].words : `${plural(node.stages.length, node.kind, node.kind === 'discovery' ? 'discoveries' : undefined)}`;

/** How many stages of a node are as said. */
const count = (node, data, status) => node.stages.reduce((sum, stage) => sum + (data.stages.get(stage.stage)?.status === status), 0);

/** The graph of a sweep's plan, made once. */
export function keepGraph(data, plan) {
  return data.graphOfPlan?.plan === plan ? data.graphOfPlan : data.graphOfPlan = { plan, ...graphOf(plan) };
}

export function StageGraph({ plan, data }) {
  const { columns, edges } = keepGraph(data, plan);
  const nodes = columns.flat();
  const said = columns.map(column => `${plural(column.reduce((sum, node) => sum + node.stages.length, 0), 'stage')} of ${column[0].kind}`).join(', ');
  return h('figure', null,
    h('div', { class: 'scroll', role: 'region', 'aria-label': 'Graph of stages', tabIndex: 0 }, h(Sized, null, width => draw(width, columns, edges, data, said))),
    h('p', { class: 'notes' }, `From left to right: inputs before the stages that read them. A node is ${nodes.some(node => node.stages.length > 1) ? 'all stages of one kind that are shared by the same number of trials' : 'a stage'}; its lower edge fills as they are done, and the more trials share it, the thicker its frame.`),
    h(Values, { head: ['stage', 'shared by', 'stages', 'done', 'reads'], rows: () => nodes.map(node => [named(node), sharing(node), node.stages.length, count(node, data, 'done'), edges.filter(edge => edge.to === node).map(edge => named(edge.from)).join('; ')]) }));
}

function draw(room, columns, edges, data, said) {
  const width = Math.max(room, columns.length * WIDE + (columns.length - 1) * BETWEEN + 4);
  const wide = Math.min(210, (width - 4 - (columns.length - 1) * BETWEEN) / columns.length);
  const step = columns.length > 1 ? (width - 4 - wide) / (columns.length - 1) : 0;
  const tallest = Math.max(...columns.map(column => column.length));
  const height = tallest * (TALL + GAP) + 26;
  const places = new Map();
  columns.forEach((column, at) => {
    const top = 24 + (tallest - column.length) * (TALL + GAP) / 2;
    column.forEach((node, row) => places.set(node, { x: 2 + at * step, y: top + row * (TALL + GAP) }));
  });
  const letters = Math.floor((wide - 12) / 6.6);
  return h('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Graph of stages: ${said}; the table below has its nodes` },
    columns.map((column, at) => h('text', { key: column[0].kind, x: 2 + at * step, y: 13, class: 'faint' }, column[0].kind)),
    edges.map(edge => {
      const [from, to] = [places.get(edge.from), places.get(edge.to)];
      const [x, y, tx, ty] = [from.x + wide, from.y + TALL / 2, to.x, to.y + TALL / 2];
      const bend = Math.max(20, (tx - x) / 2);
      return h('path', { key: edge.key, class: 'edge', 'stroke-width': Math.min(4, 1 + Math.log10(edge.count)), d: `M${x} ${y}C${x + bend} ${y} ${tx - bend} ${ty} ${tx} ${ty}` });
    }),
    [...places].map(([node, { x, y }]) => {
      const done = count(node, data, 'done') / node.stages.length;
      const failed = count(node, data, 'failed') > 0;
      return h('g', { key: node.key, class: colourOf(failed ? 'failed' : node.kind), transform: `translate(${x} ${y})` },
        h('title', null, clean(`${named(node)}, shared by ${sharing(node)}`)),
        h('rect', { class: 'node', width: wide, height: TALL, rx: 4, 'stroke-width': 1 + Math.min(3, Math.log2(Math.max(1, node.shared)) / 2) }),
        h('path', { class: 'filled', d: `M2 ${TALL - 2}h${((wide - 4) * done).toFixed(1)}` }),
        h('text', { x: 6, y: 15 }, cut(named(node).replace(`${node.kind} of `, ''), letters)),
        h('text', { x: 6, y: 31, class: 'faint' }, cut(`${failed ? 'failed, ' : ''}${sharing(node)}`, letters)));
    }));
}
