/** Every cell of the README's table of targets: what it says is computed again, and the test that shows it is there under the title that is named. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Host, hostOf } from '../../lib/core/catalog/host.ts';
import { type Instance, instanceOf } from '../../lib/core/catalog/instance.ts';
import { priceOf } from '../../lib/core/catalog/price.ts';
import { runtimeNames, runtimeOf } from '../../lib/core/catalog/runtimes/registry.ts';
import { priceAssembly } from '../../lib/core/cost/price-assembly.ts';
import type { Template } from '../../lib/core/cost/template.ts';
import { recommendationOn } from '../support/app-cases.ts';
import { stacksOf, written } from '../support/app-stacks.ts';
import { markdownTable } from '../support/markdown-table.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'README.md'), 'utf8');
const { header, rows } = markdownTable(page, 'What each target can do');

interface Cell {
  text: string;
  file: string;
  title: string;
}

function cellOf(markdown: string): Cell {
  const found = /^\[(.+)\]\((\S+) "(.+)"\)$/.exec(markdown);
  if (!found) throw new Error(`not a cell of the form [text](test/file "title of the test"): ${markdown}`);
  const [, text, file, title] = found as unknown as [string, string, string, string];
  return { text, file, title };
}

/** As the page names the row, the target and the type that stand for it. */
const targets: Record<string, ['sagemaker' | 'ec2', string]> = {
  'SageMaker g4dn': ['sagemaker', 'ml.g4dn.xlarge'],
  'SageMaker inf1': ['sagemaker', 'ml.inf1.xlarge'],
  'SageMaker c7g': ['sagemaker', 'ml.c7g.xlarge'],
  'EC2 g4dn': ['ec2', 'g4dn.xlarge'],
  'EC2 inf1': ['ec2', 'inf1.xlarge'],
  'EC2 c7g': ['ec2', 'c7g.xlarge'],
  'EC2 c7i (x86)': ['ec2', 'c7i.xlarge'],
};

describe('what each target can do', () => {
  const cells = rows.flatMap(([name, ...of]) => of.map((cell, at) => ({ where: `${name}, ${header[at + 1]}`, cell })));

  it('has a row for each target and family', () => {
    expect(header).toEqual(['', 'driver', 'runtimes', 'scales by', 'an update', 'price, USD/h', 'two idle, USD/month']);
    expect(rows.map(([name]) => name)).toEqual([...Object.keys(targets), 'local']);
  });

  it.each(cells)('names a test that is there: $where', ({ cell }) => {
    const { file, title } = cellOf(cell);
    const source = readFileSync(join(root, file), 'utf8');
    const titles = [...source.matchAll(/\b(?:it|test)(?:\.each(?:<[^(]*>)?\([\s\S]*?\))?\(\s*(['"`])(.+?)\1/g)];
    expect(titles.map(([, , found]) => found)).toContain(title);
  });

  it.each(Object.entries(targets))('says what is so of %s', async (name, [target, type]) => {
    const said = rows
      .find(([row]) => row === name)!
      .slice(1)
      .map((cell) => cellOf(cell).text);
    const instance = instanceOf(target, type) as Instance;
    const host = hostOf(target, instance) as Host;
    const price = priceOf(target, type, 'us-east-1');
    const { template, idleUsdPerMonth } = await production(target, type);
    expect(said).toEqual([
      host.driver ?? 'none needed',
      host.runs.filter((runtime) => instance.arch === 'amd64' || runtime !== 'triton').join(', '),
      metricOf(template),
      updateOf(template),
      'missing' in price ? 'none known: `prices:`' : `${price.usdPerHour} (${price.date})`,
      idleUsdPerMonth === null ? 'unknown' : idleUsdPerMonth.toFixed(2),
    ]);
  });

  it('says what is so of this machine', () => {
    const said = rows
      .find(([row]) => row === 'local')!
      .slice(1)
      .map((cell) => cellOf(cell).text);
    const here = runtimeNames.filter((runtime) => runsHere(runtime));
    expect(said).toEqual([
      'none needed',
      here.join(', '),
      'no fleet',
      'no fleet',
      'none: never ranked against AWS',
      'no bill',
    ]);
  });
});

const runsHere = (name: (typeof runtimeNames)[number]) =>
  name === 'reference' ||
  name === 'emulated' ||
  runtimeOf(name).environment({ tokenizer: false, local: true }) !== null;

/** The production stack of a fleet of two to four. */
async function production(target: 'sagemaker' | 'ec2', type: string) {
  const stacks = await stacksOf({ recommendation: written(`target-${type}.json`, recommendationOn(target, type)) });
  const found = stacks.find(({ name }) => name.startsWith('InfersweepProduction'))!;
  const { total } = priceAssembly([found], { region: 'us-east-1', hoursActive: 730 });
  return { template: found.template, idleUsdPerMonth: total.idleUsdPerMonth };
}

function only(template: Template, type: string): Record<string, never> {
  const [found, ...more] = Object.values(template.Resources!).filter((resource) => resource.Type === type);
  expect(more).toEqual([]);
  return (found?.Properties ?? {}) as Record<string, never>;
}

function metricOf(template: Template): string {
  const policy = only(template, 'AWS::ApplicationAutoScaling::ScalingPolicy');
  const { TargetTrackingScalingPolicyConfiguration: c } = policy as Record<string, Record<string, never>>;
  const { PredefinedMetricSpecification: metric } = c as unknown as Record<string, Record<string, string>>;
  return metric!['PredefinedMetricType']!;
}

/** How it goes, and what takes it back. */
function updateOf(template: Template): string {
  const { DeploymentConfig: guarded } = only(template, 'AWS::SageMaker::Endpoint') as Record<string, never>;
  const { DeploymentConfiguration: rolling } = only(template, 'AWS::ECS::Service') as Record<string, never>;
  const text = JSON.stringify(guarded ?? rolling ?? null);
  const how = text.includes('"CANARY"') ? 'canary' : rolling ? 'rolling' : 'all at once';
  const back = /"AutoRollbackConfiguration":\{"Alarms":\[\{/.test(text)
    ? 'alarms roll back'
    : text.includes('"Rollback":true')
      ? 'a circuit breaker rolls back'
      : 'no rollback';
  return `${how}, ${back}`;
}
