import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { instanceOf, instanceTypesOf } from '../core/catalog/instance.ts';
import type { PriceSnapshot } from '../core/catalog/price-snapshot.ts';
import { nearest } from '../core/spec/nearest.ts';
import { askAws, regionOrThrow } from './aws-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { near, note, printJson, say } from './output.ts';
import { table } from './table.ts';

interface Options {
  region?: string;
  types?: string[];
  out?: string;
  json?: boolean;
}

export function register(program: Command, kit: Kit): void {
  const prices = program.command('prices').description('prices of instances, read from AWS');
  prices
    .command('refresh')
    .description('read hourly prices of a region from the AWS Price List into a dated file')
    .option('--region <name>', 'region that is priced; AWS_REGION unless given')
    .option('--types <list>', 'instance types with commas between, ml.… for SageMaker; all known unless given', typesOf)
    .option('--out <file>', 'where to write; prices-REGION.json unless given')
    .option('--json', 'print the snapshot instead of writing it')
    .action(async (o: Options) => {
      const region = regionOrThrow(o.region);
      const types = o.types ?? [...instanceTypesOf('ec2'), ...instanceTypesOf('sagemaker')];
      note(`asking the Price List for ${types.length} instance types in ${region}`);
      const aws = await kit.aws(region);
      const snapshot = await askAws(() => aws.prices(types));
      if (o.json) return printJson(snapshot);
      if (snapshot.rows.length === 0) {
        const why = snapshot.missing[0]?.why ?? 'nothing was asked for';
        throw new CliError(exitCodes.preflight, `no price was found in ${region}: ${why}`, 'infersweep doctor --aws');
      }
      const file = o.out ?? `prices-${region}.json`;
      writeFileSync(file, `${JSON.stringify(snapshot, null, 2)}\n`);
      for (const line of priceLines(snapshot)) say(line);
      note(`wrote ${near(file)}; plans use it with  aws: { region: ${region}, prices: ${file} }`);
    });
}

function typesOf(text: string): string[] {
  const types = [...new Set(text.split(',').map((type) => type.trim()))].filter((type) => type !== '');
  const known = [...instanceTypesOf('ec2'), ...instanceTypesOf('sagemaker')];
  for (const type of types) {
    if (instanceOf(type.startsWith('ml.') ? 'sagemaker' : 'ec2', type)) continue;
    const close = nearest(type, known);
    throw new InvalidArgumentError(`no instance type "${type}" is known${close ? `; did you mean ${close}?` : ''}`);
  }
  return types;
}

export function priceLines({ rows, missing, region, retrievedAt, source }: PriceSnapshot): string[] {
  return [
    ...table(
      ['instance', 'USD/h', 'list of'],
      rows.map((r) => [r.instanceType, String(r.usdPerHour), r.publishedAt ?? '-']),
      [1],
    ),
    ...missing.map(({ instanceType, why }) => `unknown  ${instanceType}: ${why}`),
    `${rows.length} prices of ${region}, read ${retrievedAt}: ${source}`,
  ];
}
