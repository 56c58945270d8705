import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { command, say } from './output.ts';

/** A first experiment; every key that a newcomer must decide on, nothing that has a good default. */
const template = `schema: infersweep.experiment.v1
name: my-model
model:
  source: model.onnx          # an ONNX file, or a folder with a checkpoint
  inputs: inputs.jsonl        # one request a line: {"id": "1", "inputs": [KServe v2 tensors]}
  # golden: golden.jsonl      # expected outputs by id; wrong answers then never win
slo: { percentile: 95, latencyMs: 100 }
targets:
  - local: { cores: 1 }
runtimes:
  - onnxruntime: { dynamicBatching: [false, { maxBatchSize: 8 }] }
load: { protocol: capacity }  # 1, 4, 16 users, then up to 4 steps near the limit; "users: [1, 8]" holds those alone
`;

const example = `${JSON.stringify({
  id: '1',
  inputs: [{ name: 'input_ids', datatype: 'INT64', shape: [1, 4], data: [101, 7592, 2088, 102] }],
})}\n`;

export function register(program: Command): void {
  program
    .command('init')
    .description('write a first experiment.yaml and inputs.jsonl')
    .argument('[folder]', 'where to', '.')
    .action((folder: string) => {
      const files: [string, string][] = [
        ['experiment.yaml', template],
        ['inputs.jsonl', example],
      ];
      const there = files.map(([name]) => join(folder, name)).filter((file) => existsSync(file));
      if (there.length > 0) {
        throw new CliError(
          exitCodes.usage,
          `${there.join(' and ')} already there; nothing was written`,
          `infersweep validate ${folder}`,
        );
      }
      mkdirSync(folder, { recursive: true });
      for (const [name, text] of files) writeFileSync(join(folder, name), text, { flag: 'wx' });
      say(`wrote ${files.map(([name]) => join(folder, name)).join(' and ')}`);
      say(`next: put your model there, then: ${command(`infersweep plan ${folder}`)}`);
    });
}
