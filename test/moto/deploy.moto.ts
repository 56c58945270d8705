/**
 * Every stack really deployed and destroyed by the CDK command line against an emulated AWS, then each resource of its
 * template looked up in the service that owns it. What the emulator does not make stands on the skip list, with the
 * test that covers it instead.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
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
const state = realpathSync(mkdtempSync(join(tmpdir(), 'moto-')));
afterAll(() => rmSync(state, { recursive: true, force: true }));

/** `deployment/stack` → resource type → how many of how many are there. */
const table: Record<string, Record<string, string>> = {};

describe.each(deployments)('$name', ({ name, context, parameters }) => {
  let moto: Moto;
  const out = join(state, name, 'cdk.out');
  const templates = () => readdirSync(out).filter((f) => f.endsWith('.template.json'));
  const lookUp = async (template: string): Promise<Looked[]> => {
    const stack = template.replace('.template.json', '');
    const ids = join(state, name, `${stack}.ids.json`);
    const printed = await moto.python(join(here, 'look_up.py'), [join(out, template), stack, ids]);
    return printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  beforeAll(async () => {
    moto = await startMoto(state);
    await moto.cdk(['bootstrap', `aws://${account}/${region}`]);
    const app = `${process.execPath} ${join(root, 'dist', 'bin', 'app.js')}`;
    const context_ = Object.entries({ env: `${account}/${region}`, ...context }).flatMap(([k, v]) => [
      '-c',
      `${k}=${v}`,
    ]);
    await moto.cdk(['synth', '-q', '-a', app, '-o', out, ...context_]);
  }, 120_000);
  afterAll(() => moto?.stop());

  it('deploys, and each resource is where its own service lists it', async () => {
    const given = Object.entries(parameters).flatMap(([k, v]) => ['--parameters', `${k}=${v}`]);
    await moto.cdk(['deploy', '-a', out, '--all', '--require-approval', 'never', ...given], 240);
    const unexplained: string[] = [];
    for (const template of templates()) {
      const looked = await lookUp(template);
      const stack = `${name}/${template.replace('.template.json', '')}`;
      table[stack] = Object.fromEntries(
        [...new Set(looked.map((r) => r.type))].sort().map((type) => {
          const all = looked.filter((r) => r.type === type);
          const there = all.filter((r) => r.present).length;
          return [type, there === 0 ? `absent (${all.length})` : `present (${there} of ${all.length})`];
        }),
      );
      unexplained.push(
        ...looked
          .filter((r) => !r.present && !(r.type in skips.types))
          .map((r) => `${template}: ${r.type} ${r.logicalId}`),
      );
    }
    expect(unexplained, 'absent and not on the skip list').toEqual([]);
  });

  it('is destroyed, and leaves only what it retains', async () => {
    await moto.cdk(['destroy', '-a', out, '--all', '--force'], 240);
    for (const template of templates()) {
      const left = (await lookUp(template)).filter((r) => r.present && !r.retained);
      expect(
        left.map((r) => `${r.type} ${r.logicalId}`),
        template,
      ).toEqual([]);
    }
  });
});

describe('the committed table', () => {
  it('says what was found', () => {
    if (process.env['UPDATE_PRESENCE']) writeFileSync(presenceFile, `${JSON.stringify(table, null, 2)}\n`);
    expect(table).toEqual(JSON.parse(readFileSync(presenceFile, 'utf8')));
  });

  it('has a skip list that names real assertions, holds nothing that is present, and only shrinks', () => {
    const absent = new Set(
      Object.values(table).flatMap((types) =>
        Object.entries(types).flatMap(([type, found]) => (/^present \((\d+) of \1\)$/.test(found) ? [] : [type])),
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
      expect(text.includes(assertion), `${type}: ${coveredBy} › ${assertion}`).toBe(true);
      expect(text.includes(type), `${type} is not asserted in ${coveredBy}`).toBe(true);
    }
  });
});
