// Runs GGUF files with llama.cpp, as node-llama-cpp ships it.
//
// usage: llama.mjs MODULES ASKED: ASKED is JSON, [{file, prompt: [id...], texts: [text...]}...]; prints for each the 16 most
// probable tokens one after the other, the probabilities of all tokens before each, and the ids of the texts; or the error that
// it ended with. A file that is asked for nothing but ids needs no tensors.
import {readFileSync} from "node:fs";
import {pathToFileURL} from "node:url";
import {join} from "node:path";

const [modules, asked] = process.argv.slice(2);
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(join(modules, "node-llama-cpp/dist/index.js")).href);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.error, maxThreads: 1});

async function continued(model, prompt) {
  const context = await model.createContext(
    {contextSize: 64, flashAttention: false, experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32"});
  const sequence = context.getSequence();
  const next = token => [token, {generateNext: {probabilities: true}}];
  const tokens = [];
  const probabilities = [];
  let input = [...prompt.slice(0, -1), next(prompt[prompt.length - 1])];
  while (tokens.length < 16) {
    const evaluated = await sequence.controlledEvaluate(input);
    const found = [...evaluated[evaluated.length - 1].next.probabilities.entries()];
    const best = found.reduce((a, b) => b[1] > a[1] ? b : a)[0];
    tokens.push(best);
    probabilities.push(found);
    input = [next(best)];
  }
  return {tokens, probabilities};
}

const answers = [];
for (const {file, prompt, texts} of JSON.parse(readFileSync(asked))) {
  try {
    const model = await llama.loadModel({modelPath: file, gpuLayers: 0, vocabOnly: prompt.length === 0});
    const ids = texts.map(text => model.tokenize(text));
    answers.push({file, ids, ...(prompt.length === 0 ? {} : await continued(model, prompt))});
    await model.dispose();
  } catch (error) {
    answers.push({file, error: error.message});
  }
}
console.log(JSON.stringify(answers));
await llama.dispose();
