// Reads the scores of units out of a safetensors file: a length, a header of JSON, and the tensors.

const READERS = { F64: [8, 'getFloat64'], F32: [4, 'getFloat32'] };

function tensors(buffer) {
  const view = new DataView(buffer);
  const length = Number(view.getBigUint64(0, true));
  if (length > buffer.byteLength - 8) throw new Error('scores.safetensors is cut off');
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  return {
    has: name => header[name] !== undefined,
    read: name => {
      const { dtype, data_offsets: [from, to] } = header[name];
      const [size, get] = READERS[dtype] ?? [];
      if (!size) throw new Error(`${name} is of type ${dtype}, not F32 or F64`);
      return Float64Array.from({ length: (to - from) / size }, (_, at) => view[get](8 + length + from + at * size, true));
    }
  };
}

/** Of the members of a unit, one score; members: by member, the score of each unit. */
const AGGREGATED = {
  sum: scores => scores.reduce((sum, one) => sum + one, 0),
  mean: scores => scores.reduce((sum, one) => sum + one, 0) / scores.length,
  max: scores => Math.max(...scores),
  product: scores => scores.reduce((product, one) => product * one, 1),
  last: scores => scores.at(-1)
};

/** The scores of each structure of a recipe, aggregated as the trial does within one; structures that the file does not have are left out. */
export function structures(buffer, criterion, aggregation, groups) {
  const file = tensors(buffer);
  const aggregate = AGGREGATED[aggregation] ?? AGGREGATED.sum;
  const all = [];
  for (const group of groups) {
    const members = [];
    for (let member = 0; file.has(`${criterion}/${group.name}/${member}`); member++) members.push(file.read(`${criterion}/${group.name}/${member}`));
    if (members.length === 0) continue;
    all.push({ name: group.name, removed: new Set(group.removed), scores: Array.from(members[0], (_, unit) => aggregate(members.map(one => one[unit]))) });
  }
  if (all.length === 0) throw new Error(`the file has no scores of ${criterion}`);
  return all;
}
