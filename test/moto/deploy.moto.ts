/**
 * Every stack really deployed and destroyed by the CDK command line against an emulated AWS, then each resource of its
 * template looked up in the service that owns it. What the emulator does not make stands on the skip list, with the
 * test that covers it instead.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/cli.ts';
import { account, type Moto, region, startMoto } from '../support/moto.ts';
import { deployments } from './deployments.ts';

interface Looked {
  logicalId: string;
  type: string;
  present: boolean;
  retained: boolean;
}

const here = join(root, 'test', 'moto');
const presenceFile = join(here, 'presence.json');
const skips = JSON.parse(readFileSync(join(here, 'skipped.json'), 'utf8')) as {
  ceiling: number;
  types: Record<string, { why: string; coveredBy: string; assertion: string }>;
};
/** Those named, by commas; all of them unless a suite has less time. */
const named = process.env['INFERSWEEP_DEPLOYMENTS']?.split(',');
const chosen = deployments.filter(({ name }) => named?.includes(name) ?? true);

const state = realpathSync(mkdtempSync(join(tmpdir(), 'moto-')));
afterAll(() => rmSync(state, { recursive: true, force: true }));

/** `deployment/stack` → resource type → how many of how many are there. */
const table: Record<string, Record<string, string>> = {};

/** What the image builds publish, which nobody runs here. */
const digest = { Name: '/infersweep/images/loadgen-arm64/digest', Type: 'String', Value: `sha256:${'0'.repeat(64)}` };

describe.each(chosen)('$name', ({ name, context, stack: only, parameters }) => {
  let moto: Moto;
  const out = join(state, name, 'cdk.out');
  const call = (service: string, operation: string, given: object) =>
    moto.python(join(here, 'call.py'), [service, operation, JSON.stringify(given)]);
  const stacks = () =>
    readdirSync(out)
      .filter((f) => f.endsWith('.template.json'))
      .map((f) => f.replace('.template.json', ''))
      .filter((stack) => only === undefined || stack === only);
  const which = only === undefined ? ['--all'] : ['--exclusively', only];
  const lookUp = async (stack: string): Promise<Looked[]> => {
    const ids = join(state, name, `${stack}.ids.json`);
    const printed = await moto.python(join(here, 'look_up.py'), [join(out, `${stack}.template.json`), stack, ids]);
    return printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const found = new Map<string, Looked[]>();

  beforeAll(async () => {
    moto = await startMoto(state);
    mkdirSync(join(state, name));
    await moto.cdk(['bootstrap', `aws://${account}/${region}`]);
    await call('ssm', 'put_parameter', digest);
    const app = `${process.execPath} ${join(root, 'dist', 'bin', 'app.js')}`;
    const given = Object.entries(context(join(state, name))).flatMap(([k, v]) => ['-c', `${k}=${v}`]);
    await moto.cdk(['synth', '-q', '-a', app, '-o', out, ...given]);
  }, 120_000);
  afterAll(() => moto?.stop());

  it('deploys, and each resource is where its own service lists it', async () => {
    const given = Object.entries(parameters).flatMap(([k, v]) => ['--parameters', `${k}=${v}`]);
    await moto.cdk(['deploy', '-a', out, ...which, '--require-approval', 'never', ...given]);
    for (const stack of stacks()) {
      found.set(stack, await lookUp(stack));
      table[`${name}/${stack}`] = rows(found.get(stack)!);
    }
    expect([...found.values()].flatMap(unexplained), 'absent and not on the skip list').toEqual([]);
  });

  it.runIf(only === undefined)('does not destroy the guard until its protection is off', async () => {
    await expect(moto.cdk(['destroy', '-a', out, '--exclusively', 'InfersweepGuard', '--force'])).rejects.toThrow(
      /cannot be deleted while TerminationProtection is enabled/,
    );
    expect(await lookUp('InfersweepGuard')).toEqual(found.get('InfersweepGuard'));
    await call('cloudformation', 'update_termination_protection', {
      StackName: 'InfersweepGuard',
      EnableTerminationProtection: false,
    });
  });

  it('is destroyed, and leaves what it retains and nothing else', async () => {
    await moto.cdk(['destroy', '-a', out, ...which, '--force']);
    for (const [stack, before] of found) {
      const left = (await lookUp(stack)).filter((r) => r.present);
      expect(left.map(called), stack).toEqual(before.filter((r) => r.present && r.retained).map(called));
    }
  });
});

const called = ({ type, logicalId }: Looked) => `${type} ${logicalId}`;

function unexplained(looked: readonly Looked[]): string[] {
  return looked.filter((r) => !r.present && !(r.type in skips.types)).map(called);
}

function rows(looked: readonly Looked[]): Record<string, string> {
  const types = [...new Set(looked.map((r) => r.type))].sort();
  return Object.fromEntries(
    types.map((type) => {
      const all = looked.filter((r) => r.type === type);
      const there = all.filter((r) => r.present);
      const kept = there.filter((r) => r.retained).length;
      if (there.length === 0) return [type, `absent (${all.length})`];
      return [type, `present (${there.length} of ${all.length})${kept === 0 ? '' : `, ${kept} retained`}`];
    }),
  );
}

describe('the committed table', () => {
  const committed = (): typeof table => JSON.parse(readFileSync(presenceFile, 'utf8'));

  it('says what was found', () => {
    if (process.env['UPDATE_PRESENCE'] && !named) writeFileSync(presenceFile, `${JSON.stringify(table, null, 2)}\n`);
    const isChosen = ([key]: [string, unknown]) => chosen.some(({ name }) => key.startsWith(`${name}/`));
    expect(table).toEqual(Object.fromEntries(Object.entries(committed()).filter(isChosen)));
  });

  it('has a skip list that names real assertions, holds nothing that is present, and only shrinks', () => {
    const absent = new Set(
      Object.values(committed()).flatMap((types) =>
        Object.entries(types).flatMap(([type, found]) => (/^present \((\d+) of \1\)/.test(found) ? [] : [type])),
      ),
    );
    expect(Object.keys(skips.types).sort()).toEqual([...absent].sort());
    expect(Object.keys(skips.types).length, 'lower the ceiling when the list shrinks; never raise it').toBe(
      skips.ceiling,
    );
    for (const [type, { coveredBy, assertion }] of Object.entries(skips.types)) {
      const file = join(root, coveredBy);
      expect(existsSync(file), `${type}: ${coveredBy}`).toBe(true);
      const text = readFileSync(file, 'utf8');
      expect(bodyOf(assertion, text), `${type} is not asserted in ${coveredBy} › ${assertion}`).toContain(type);
    }
  });
});

/** The text of the test of this title, up to the next one; empty when there is none. */
function bodyOf(title: string, text: string): string {
  const [, rest] = text.split(`it('${title}`);
  return rest?.split(/\n {2,}it(?:\.|\()/)[0] ?? '';
}
