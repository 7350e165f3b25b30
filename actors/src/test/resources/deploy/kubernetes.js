// Checks each object of a manifest by Kubernetes' own schemas, as the npm package kubernetes-models has them: its values by their validation, and the names
// of its fields by their types, since the schemas allow any. Needs js-yaml and typescript too.
const fs = require('fs');
const path = require('path');
const ts = require('typescript');
const yaml = require('js-yaml');

const packages = path.dirname(path.dirname(require.resolve('kubernetes-models/package.json')));
const objects = yaml.loadAll(fs.readFileSync(process.argv[2], 'utf8'));
const problems = [];

const typed = objects.map((object, i) => {
  const model = 'kubernetes-models/' + object.apiVersion + '/' + object.kind;
  try {
    new (require(model)[object.kind])(object).validate();
  } catch (problem) {
    problems.push(object.kind + ' ' + object.metadata.name + ': ' + problem.message);
  }
  return `import { I${object.kind} as T${i} } from '${model}';\nexport const object${i}: T${i} = ${JSON.stringify(object, null, 1)};\n`;
});

const file = path.join(process.argv[3], 'manifest.ts');
fs.writeFileSync(file, typed.join(''));
const program = ts.createProgram([file], {
  strict: true, noEmit: true, skipLibCheck: true, types: [], moduleResolution: ts.ModuleResolutionKind.Node10, baseUrl: packages,
});
for (const found of ts.getPreEmitDiagnostics(program)) {
  problems.push(ts.flattenDiagnosticMessageText(found.messageText, ' '));
}
console.log(problems.length ? problems.join('\n') : objects.length + ' objects are valid');
process.exitCode = problems.length ? 1 : 0;
