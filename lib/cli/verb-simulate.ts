import { type Command, InvalidArgumentError } from 'commander';
import { traceNames } from '../core/scale/trace/named-traces.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { openEvidenceOrThrow } from './open-evidence.ts';
import { printJson, say } from './output.ts';
import { type SimulationOptions, simulateEvidence } from './simulate-evidence.ts';
import { simulationLines } from './simulation-lines.ts';

interface Options extends SimulationOptions {
  json?: boolean;
}

/** Days that a policy is judged by. */
export const seeds = (text: string) => {
  const n = Number(text);
  if (!(Number.isInteger(n) && n >= 1 && n <= 10_000)) throw new InvalidArgumentError('must be from 1 to 10000.');
  return n;
};

/** What stands in for a trace that is not given. */
export const traceHelp = `a CSV file of minute,requests, or ${traceNames.join(', ')}; unless given, the experiment's demand.trace, else diurnal`;

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('simulate')
    .description('replay a demand against the winner: misses, instance hours and dollars of scaling policies')
    .argument('[run]', 'run id, run directory, or directory with published.json; the newest run unless given')
    .option('--trace <name>', traceHelp)
    .option('--seeds <n>', 'days that each policy is judged by', seeds, 50)
    .option('--lose <type>', 'also: what happens when no instance of this type can be launched')
    .option('--json', 'print the simulation as one JSON document')
    .action(async (reference: string | undefined, o: Options) => {
      const result = simulateEvidence(await openEvidenceOrThrow(kit, reference), o);
      if (o.json) printJson(result);
      else for (const line of simulationLines(result)) say(line);
      leave(result.scaling === null ? exitCodes.sloNotMet : exitCodes.ok);
    });
}
