import type { Command } from 'commander';
import type { Plan, SkippedRow } from '../core/plan/plan.ts';
import { regionOrThrow } from './aws-access.ts';
import { exitCodes } from './exit-codes.ts';
import type { Fact, Kit } from './kit.ts';
import { paint, printJson, say } from './output.ts';
import { planOrThrow } from './planning.ts';
import { terminalWidth, wrap } from './table.ts';

const styles = { ok: 'green', warning: 'yellow', missing: 'red' } as const;

interface Options {
  json?: boolean;
  aws?: boolean;
  region?: string;
}

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('doctor')
    .description('say what this machine, or with --aws an account, has and what is missing for a run')
    .argument('[experiment]', 'with --aws: look for what its plan needs')
    .option('--aws', 'look at the AWS account of these credentials instead; only reads')
    .option('--region <name>', 'region to look at; that of the experiment, else AWS_REGION')
    .option('--json', 'print the findings as one JSON document')
    .action(async (experiment: string | undefined, o: Options) => {
      const { facts, skipped } = o.aws ? await account(kit, experiment, o) : { facts: await kit.doctor(), skipped: [] };
      if (o.json) printJson(o.aws ? { facts, skipped } : facts);
      else for (const line of factLines(facts, skipped)) say(line);
      leave(facts.some((f) => f.state === 'missing') ? exitCodes.preflight : exitCodes.ok);
    });
}

async function account(kit: Kit, experiment: string | undefined, o: Options) {
  const plan = experiment === undefined ? null : await planEvenRefused(kit, experiment);
  const aws = await kit.aws(regionOrThrow(o.region ?? plan?.region));
  return aws.examine(plan);
}

/** A budget too small, or a price that is missing, is one finding among others here. */
async function planEvenRefused(kit: Kit, experiment: string): Promise<Plan> {
  const planned = await kit.plan(experiment);
  return !planned.ok && planned.kind === 'refusal' ? planned.plan : (await planOrThrow(kit, experiment)).plan;
}

const MARGIN = ' '.repeat('missing  '.length);

/** What to do stays on one line, however long: it may be a command to copy. */
export function factLines(
  facts: readonly Fact[],
  skipped: readonly SkippedRow[],
  width: number = terminalWidth(),
): string[] {
  const beside = (word: string, text: string) =>
    wrap(text, width - MARGIN.length).map((line, i) => (i === 0 ? word : MARGIN) + line);
  return [
    ...facts.flatMap((f) => [
      ...beside(`${paint(styles[f.state], f.state.padEnd(7), process.stdout)}  `, `${f.name}: ${f.value}`),
      ...(f.fix === null ? [] : [MARGIN + f.fix]),
    ]),
    ...skipped.flatMap((s) => beside('skipped  ', `${s.configuration} on ${s.instanceType}: ${s.code}`)),
  ];
}
