import { type Command, InvalidArgumentError } from 'commander';
import { HOURS_PER_MONTH } from '../core/cost/charge.ts';
import { priceAssembly } from '../core/cost/price-assembly.ts';
import { CliError } from './cli-error.ts';
import { costLines } from './cost-lines.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note, printJson, say } from './output.ts';
import { readAssembly } from './read-assembly.ts';

interface Options {
  json?: boolean;
  region?: string;
  hoursActive: number;
  rows?: boolean;
  top: number;
}

/** Where the app of this package writes to, as its cdk.json says; `cdk.out` is every other app's. */
const FOLDERS = ['dist/cdk.out', 'cdk.out'];

const hours = (text: string) => {
  const n = Number(text);
  if (!(n >= 0 && n <= HOURS_PER_MONTH))
    throw new InvalidArgumentError(`must be 0 to ${HOURS_PER_MONTH}, hours of a month.`);
  return n;
};
const count = (text: string) => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('must be a whole number.');
  return Number(text);
};
const region = (text: string) => {
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) throw new InvalidArgumentError('must be a region such as us-east-1.');
  return text;
};

export function register(program: Command, _kit: Kit): void {
  program
    .command('cost')
    .description('say what the synthesised stacks cost a month, idle and at work, and which prices are unknown')
    .argument('[folder]', 'output of `cdk synth`; dist/cdk.out or cdk.out unless given')
    .option('--region <name>', 'region of stacks that fit any', region)
    .option('--hours-active <n>', 'hours of a month in which there is work', hours, HOURS_PER_MONTH)
    .option('--top <n>', 'how many of the dearest rows to show', count, 3)
    .option('--rows', 'show every row of every stack')
    .option('--json', 'print the rows and sums as one JSON document')
    .action((folder: string | undefined, o: Options) => {
      const stacks = firstAssembly(folder === undefined ? FOLDERS : [folder]);
      const cost = priceAssembly(stacks, { region: o.region ?? null, hoursActive: o.hoursActive });
      if (o.json) return printJson(cost);
      for (const line of costLines(cost, { rows: o.rows ?? false, top: o.top })) say(line);
      if (cost.stacks.some((stack) => stack.region === null))
        note('a template that fits any region has no prices: add --region us-east-1');
    });
}

function firstAssembly(folders: string[]) {
  let last: unknown;
  for (const folder of folders) {
    try {
      const stacks = readAssembly(folder);
      if (stacks.length) return stacks;
      last = new CliError(exitCodes.usage, `the assembly in ${folder} has no stacks`, 'npx cdk synth -q');
    } catch (error) {
      last ??= error;
    }
  }
  throw last;
}
