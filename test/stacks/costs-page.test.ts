/** Every figure of docs/costs.md, recomputed from the templates that the app writes; and every claim that something costs nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishPass } from '../../lib/aws/reap/reap-metrics.ts';
import { servicePrice } from '../../lib/core/catalog/service-price.ts';
import { priceAssembly, type StackCost, type TagCost } from '../../lib/core/cost/price-assembly.ts';
import type { CostRow } from '../../lib/core/cost/price-template.ts';
import { comparisonFile, stacksOf, withDemand, written } from '../support/app-stacks.ts';
import { type Kept, keptResources } from '../support/kept-resources.ts';
import { markdownTable } from '../support/markdown-table.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const page = read('docs/costs.md');

interface Part extends StackCost {
  kept: Kept[];
}

async function partsOf(context: Record<string, string>): Promise<Part[]> {
  const stacks = await stacksOf(context);
  const { stacks: priced } = priceAssembly(stacks, { region: 'us-east-1', hoursActive: 730 });
  return priced.map((cost, at) => ({ ...cost, kept: keptResources(stacks[at]!.template) }));
}

const byTag = priceAssembly(await stacksOf(), { region: 'us-east-1', hoursActive: 730 }).tags;
const shared = await partsOf({ comparison: comparisonFile() });
const isolated = await partsOf({ network: 'isolated' });
const onEc2 = await partsOf({
  recommendation: written('on-ec2.json', withDemand('neuroncore-pipeline', 30_000)),
});
const part = (parts: Part[], name: string) => parts.find((stack) => stack.name.startsWith(`Infersweep${name}`))!;

/** As the page names them, in its order. */
const parts: Record<string, Part> = {
  Guard: part(shared, 'Guard'),
  Images: part(shared, 'Images'),
  'Images, `-c network=isolated`': part(isolated, 'Images'),
  Lab: part(shared, 'Lab'),
  'Lab, `-c network=isolated`': part(isolated, 'Lab'),
  'Production on SageMaker': part(shared, 'Production'),
  'Production on EC2': part(onEc2, 'Production'),
  Comparison: part(shared, 'Comparison'),
};
const usd = (n: number | null) => n!.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const names = (kept: Kept[]) => kept.map(({ name }) => `\`${name}\``).join(', ') || 'nothing';

describe('docs/costs.md', () => {
  it('states what each stack costs and leaves, cell by cell', () => {
    const { header, rows } = markdownTable(page, 'What each stack costs');
    expect(header).toEqual(['stack', 'idle', 'active', 'at most', '`cdk destroy` leaves']);
    expect(rows).toEqual(
      Object.entries(parts).map(([name, cost]) => [
        name,
        usd(cost.idleUsdPerMonth),
        usd(cost.activeUsdPerMonth),
        usd(cost.maxUsdPerMonth),
        names(cost.kept),
      ]),
    );
  });

  it('agrees with what the README prints by tag', () => {
    const printed = [...read('README.md').matchAll(/^infersweep:stack=(\w+) +([\d.]+) +([\d.]+) +([\d.]+)$/gm)];
    const figures = ({ idleUsdPerMonth, activeUsdPerMonth, maxUsdPerMonth }: TagCost) =>
      [idleUsdPerMonth, activeUsdPerMonth, maxUsdPerMonth].map((n) => n!.toFixed(2));
    expect(printed.map(([, name, ...rest]) => [name!, ...rest])).toEqual(
      byTag
        .filter(({ tag }) => tag === 'infersweep:stack')
        .sort((a, b) => (a.value < b.value ? -1 : 1))
        .map((cost) => [cost.value, ...figures(cost)]),
    );
  });

  it('says in words what the fleets are', () => {
    const fleets = (name: string) =>
      standing(parts[name]!, ({ what }) => / x (?:ml\.)?[a-z0-9]+\.\w*xlarge$/.test(what!));
    expect(fleets('Production on SageMaker').map(({ what }) => what)).toEqual(['17..49 x ml.g4dn.2xlarge']);
    expect(page).toContain('17 to 49 × ml.g4dn.2xlarge');
    expect(fleets('Production on EC2').map(({ what }) => what)).toEqual(['2..6 x inf1.xlarge']);
    expect(page).toContain('from 2 × inf1.xlarge');
    const compared = fleets('Comparison');
    expect(page).toContain(compared.map(({ what }) => what!.replace(' x ', ' × ')).join(' and '));
    expect(page).toContain(`${usd(idle(compared) / 730)} USD an hour until then`);
  });

  it('is complete: no resource of any stack is without a price, a reason to be free, or a price by use', () => {
    for (const { name, gaps, rows } of Object.values(parts)) {
      expect([name, gaps]).toEqual([name, 0]);
      expect(rows.length).toBeGreaterThan(5);
    }
  });

  it('states the price of every use, cell by cell', () => {
    const { rows } = markdownTable(page, 'What use adds');
    expect(rows).toEqual(usesOf(Object.values(parts)));
  });

  it('names everything that stays, once, and nothing else', () => {
    const { rows } = markdownTable(page, 'What stays, and how to remove it');
    const kept = Object.values(parts).flatMap(({ kept }) => kept.map(({ name, type }) => `\`${name}\` ${type}`));
    expect(rows.map(([name, type]) => `${name} ${type}`).sort()).toEqual([...new Set(kept)].sort());
    for (const [name, , why, remove] of rows) expect([name, why !== '', remove !== '']).toEqual([name, true, true]);
  });

  it('is right that nothing that stays is billed by the hour', () => {
    for (const { name, kept, rows } of Object.values(parts)) {
      const ids = kept.map(({ logicalId }) => logicalId);
      const standing = rows.filter((row) => ids.includes(row.logicalId) && row.kind === 'standing');
      expect([name, standing]).toEqual([name, []]);
    }
  });
});

/** By type of resource: its unit prices, and the stacks that it is in. */
function usesOf(all: Part[]): string[][] {
  const uses = new Map<string, { prices: Set<string>; stacks: Set<string> }>();
  for (const { name, rows } of all) {
    for (const row of rows.filter(({ kind }) => kind === 'usage')) {
      if (!uses.has(row.type)) uses.set(row.type, { prices: new Set(), stacks: new Set() });
      const use = uses.get(row.type)!;
      use.prices.add(row.unitPrice ? `${row.unitPrice.usd} ${row.what}` : row.reason!.replace(' is known', ''));
      use.stacks.add(/^Infersweep([A-Z][a-z]+)/.exec(name)![1]!);
    }
  }
  return [...uses]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, { prices, stacks }]) => [type.replace('AWS::', ''), [...stacks].join(', '), [...prices].join('; ')]);
}

const standing = (stack: Part, of: (row: CostRow) => boolean = () => true) =>
  stack.rows.filter((row) => row.kind === 'standing' && of(row));
const idle = (rows: CostRow[]) => rows.reduce((sum, row) => sum + row.idleUsdPerMonth!, 0);
const metricPrice = servicePrice('custom-metric', 'us-east-1') as { usd: number };
const network = ({ type }: CostRow) => type.startsWith('AWS::EC2::');

/** Where something is said to cost (about) nothing, or a round sum, while idle: the words, and what makes them true. */
const claims: [file: string, words: string, holds: () => void | Promise<void>][] = [
  [
    'docs/guard.md',
    'two custom metrics and two alarms, less than a dollar a month',
    async () => {
      let published = 0;
      const count = async ({ MetricData: data = [] }: { MetricData?: unknown[] }) => {
        published += data.length;
        return {} as never;
      };
      await publishPass({ putMetricData: count as never }, { namespace: 'n', guard: 'g', leaked: 0, pending: 0 });
      expect(published).toBe(2);
      expect(standing(parts['Guard']!, ({ type }) => type === 'AWS::CloudWatch::Alarm')).toHaveLength(2);
      expect(parts['Guard']!.idleUsdPerMonth! + published * metricPrice.usd).toBeLessThan(1);
    },
  ],
  [
    'lib/stacks/guard-stack.ts',
    'costs about nothing between runs',
    () => expect(parts['Guard']!.idleUsdPerMonth).toBeLessThan(1),
  ],
  [
    'lib/stacks/images-stack.ts',
    'nothing is billed by the hour until a build',
    () => expect(standing(parts['Images']!)).toEqual([]),
  ],
  [
    'lib/constructs/lab-network.ts',
    '0 USD per month idle',
    () => expect(standing(parts['Images']!, network)).toEqual([]),
  ],
  ['bin/app-context.ts', 'nothing to pay while idle', () => expect(standing(parts['Images']!, network)).toEqual([])],
  [
    'lib/constructs/bounded-traffic.ts',
    'nothing to pay while idle',
    () => expect(standing(parts['Comparison']!, network)).toEqual([]),
  ],
  [
    'lib/constructs/bounded-traffic.ts',
    'the way out costs nothing while nothing runs',
    () => expect(standing(parts['Comparison']!, network)).toEqual([]),
  ],
  [
    'lib/constructs/lab-network.ts',
    'nothing to pay until something runs',
    () => expect(standing(parts['Images']!, network)).toEqual([]),
  ],
  [
    'lib/stacks/production-stack.ts',
    'about 88 USD a month in us-east-1',
    () => expect(Math.round(idle(standing(parts['Production on EC2']!, network)))).toBe(88),
  ],
  [
    'lib/constructs/isolated-vpc.ts',
    '87.60 USD a month',
    () => expect(idle(standing(parts['Production on EC2']!, network))).toBeCloseTo(87.6, 6),
  ],
  [
    'lib/constructs/ledger-table.ts',
    'Nothing to pay between runs',
    () => expect(standing(parts['Guard']!, ({ type }) => type === 'AWS::DynamoDB::Table')).toEqual([]),
  ],
  [
    'lib/constructs/data-bucket.ts',
    'which costs nothing',
    () =>
      expect(Object.values(parts).flatMap(({ rows }) => rows.filter(({ type }) => type === 'AWS::KMS::Key'))).toEqual(
        [],
      ),
  ],
  [
    'docs/decisions/0007-preparations-run-on-hosts.md',
    'it costs nothing at rest',
    () => expect(standing(parts['Images']!, network)).toEqual([]),
  ],
  [
    'docs/production.md',
    'autoscaling, which costs nothing',
    () => {
      const scaling = parts['Production on SageMaker']!.rows.filter(({ type }) => type.endsWith('::ScalableTarget'));
      expect(scaling.map(({ kind }) => kind)).toEqual(['free']);
    },
  ],
  [
    'docs/production.md',
    'Nothing that is left is billed by the hour',
    () => expect(parts['Production on SageMaker']!.kept).toEqual([]),
  ],
];

describe('whatever is said to cost nothing', () => {
  it.each(claims)('is true in %s: %s', async (file, words, holds) => {
    expect(flowing(file)).toContain(words);
    await holds();
  });

  it('is on the list above', () => {
    const said =
      /nothing to pay|USD (?:per month |a month )?idle|costs? (?:about )?nothing|(?:about|less than) [^.|]{1,20} (?:a|per) month|nothing [^.]{0,30}billed by the hour/gi;
    const files = ['README.md', ...filesBelow('docs'), ...filesBelow('lib/stacks'), ...filesBelow('lib/constructs')];
    const unproven = [...files, 'bin/app-context.ts'].flatMap((file) => {
      const proven = claims.filter(([where]) => where === file).map(([, words]) => words);
      const rest = proven.reduce((text, words) => text.replaceAll(words, ''), flowing(file));
      return [...rest.matchAll(said)].map(([words]) => `${file}: ${words}`);
    });
    expect(unproven).toEqual([]);
  });
});

/** The text of a file as one line, comments without their margin. */
function flowing(file: string): string {
  return read(file).replaceAll(/\s+(?:(?:\*|\/\/)\s+)?/g, ' ');
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && /\.(md|ts)$/.test(e.name))
    .map((e) => join(e.parentPath, e.name).slice(root.length + 1));
}
