/**
 * `npm run bench:server [-- --json]`: the server beside a raw ONNX Runtime session, on the quickstart's model and, where it
 * can be had, on the sentence encoder. Target: 0.95 of the session at the same batch.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const { ensureEnvironment } = await import(join(root, 'dist', 'lib', 'local', 'environment.js'));
const json = process.argv.includes('--json');
const say = (message) => process.stderr.write(`bench:server: ${message}\n`);

async function python(name) {
  const cache = process.env.INFERSWEEP_CACHE ?? join(homedir(), '.cache', 'infersweep');
  const lockFile = join(root, 'containers', 'server', 'environments', `${name}.txt`);
  const made = await ensureEnvironment({ cache, name, lockFile }, say);
  return { command: made.python, env: { ...process.env, ...(made.pythonPath ? { PYTHONPATH: made.pythonPath } : {}) } };
}

/** The example's model as ONNX; null where it cannot be fetched. */
async function sentenceEncoder() {
  const folder = join(root, '.cache', 'bench', 'sentence-encoder');
  if (existsSync(join(folder, 'manifest.json'))) return join(folder, 'model.onnx');
  const model = join(root, '.cache', 'models', 'all-MiniLM-L6-v2');
  try {
    execFileSync('python3', [join(root, 'examples', 'sentence-encoder', 'fetch-model.py')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch {
    return null;
  }
  const { command, env } = await python('torch');
  execFileSync(command, [join(root, 'containers', 'prepare', 'export_onnx.py'), model, folder], { env });
  return join(folder, 'model.onnx');
}

const { command, env } = await python('onnxruntime');
const results = {};
const compare = (name, ...args) => {
  say(`${name} …`);
  const script = join(root, 'bench', 'server', 'compare.py');
  const out = execFileSync(command, [script, ...args, ...(json ? ['--json'] : [])], { env, encoding: 'utf8' });
  if (json) results[name] = JSON.parse(out);
  else process.stdout.write(out);
};

compare('quickstart', join(root, 'examples', 'quickstart', 'encoder.onnx'), 'pooled', '--tokens', '16');
const encoder = await sentenceEncoder();
if (encoder === null) say('the sentence encoder cannot be had here: skipped');
else compare('sentence-encoder', encoder, 'embedding', '--tokens', '32', '--seconds', '2');
if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
