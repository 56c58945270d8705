import { type Command, InvalidArgumentError } from 'commander';
import { HOURS_PER_MONTH } from '../core/cost/charge.ts';
import { type AssemblyCost, isGap, priceAssembly, type StackCost, type Total } from '../core/cost/price-assembly.ts';
import type { CostRow } from '../core/cost/price-template.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note, printJson, say, table } from './output.ts';
import { readAssembly } from './read-assembly.ts';

interface Options {
  json?: boolean;
  region?: string;
  hoursActive: number;
}

/** Where the app of this package writes to, as its cdk.json says; `cdk.out` is every other app's. */
const FOLDERS = ['dist/cdk.out', 'cdk.out'];

const hours = (text: string) => {
  const n = Number(text);
  if (!(n >= 0 && n <= HOURS_PER_MONTH))
    throw new InvalidArgumentError(`must be 0 to ${HOURS_PER_MONTH}, hours of a month.`);
  return n;
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
    .option('--json', 'print the rows and sums as one JSON document')
    .action((folder: string | undefined, o: Options) => {
      const stacks = firstAssembly(folder === undefined ? FOLDERS : [folder]);
      const cost = priceAssembly(stacks, { region: o.region ?? null, hoursActive: o.hoursActive });
      if (o.json) return printJson(cost);
      for (const line of costLines(cost)) say(line);
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

/** The bill as a person reads it: what costs money, then what could not be priced, then the sums. */
export function costLines(cost: AssemblyCost): string[] {
  const { total } = cost;
  const several = cost.stacks.length > 1;
  return [
    ...cost.stacks.flatMap((stack) => [...stackLines(stack), '']),
    ...(cost.tags.length
      ? [
          ...table(
            ['by tag', ...HEADER],
            cost.tags.map((t) => [`${t.tag}=${t.value}`, ...sums(t)]),
            NUMERIC,
          ),
          '',
        ]
      : []),
    ...(several ? table(['all stacks', ...HEADER], [['', ...sums(total)]], NUMERIC).concat('') : []),
    `USD a month of ${cost.hoursPerMonth} hours: idle without work; active with ${cost.hoursActive} hours of work; max at every fleet's maximum.`,
    `Usage is not counted. Prices read ${cost.priceDates.length ? cost.priceDates.join(', ') : '-'}.`,
  ];
}

const HEADER = ['idle', 'active', 'max'];
const NUMERIC = [1, 2, 3];

function stackLines(stack: StackCost): string[] {
  const standing = stack.rows.filter((row) => row.kind === 'standing' && !isGap(row));
  const free = stack.rows.filter((row) => row.kind === 'free').length;
  const usage = stack.rows.filter((row) => row.kind === 'usage');
  return [
    ...table(
      [`${stack.name} (${stack.region ?? 'any region'})`, ...HEADER, ''],
      [
        ...standing.map((row) => [`  ${nameOf(row)}: ${row.what}`, ...sums(row), row.reason ?? '']),
        ['  sum', ...sums(stack), ''],
      ],
      NUMERIC,
    ),
    ...stack.rows
      .filter(isGap)
      .map((row) => `  unknown  ${nameOf(row)}: ${row.what ? `${row.what}, ` : ''}${row.reason}`),
    ...usage.map(
      (row) => `  usage    ${nameOf(row)}: ${row.unitPrice ? `${row.unitPrice.usd} USD ${row.what}` : row.reason}`,
    ),
    ...(free ? [`  free     ${free} resources without a charge of their own`] : []),
  ];
}

/** A sum with gaps is a lower bound, and says so. */
function sums(
  of: Pick<CostRow, 'idleUsdPerMonth' | 'activeUsdPerMonth' | 'maxUsdPerMonth'> & Partial<Total>,
): string[] {
  return (['idleUsdPerMonth', 'activeUsdPerMonth', 'maxUsdPerMonth'] as const).map((key) => {
    const usd = of[key];
    if (usd !== null) return usd.toFixed(2);
    return of.known ? `> ${of.known[key].toFixed(2)}` : '?';
  });
}

const nameOf = (row: CostRow) => row.path?.split('/').slice(1).join('/') || row.logicalId;
