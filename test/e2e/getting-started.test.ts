/**
 * The newcomer's path as it is documented: the commands of docs/getting-started.md, in a fresh copy of the repository, one after
 * the other. `npm ci` is not repeated: the copy has the packages and the build of this checkout.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, leftovers, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'newcomer-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const page = readFileSync(join(root, 'docs', 'getting-started.md'), 'utf8');
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => block[1]!.trim().split('\n'));

/**
 * What a step must print, and how it may end; a command of the page without an entry here fails. On a machine that others keep
 * busy a figure may rightly be invalid: only the first run has to find all of its own valid, and what follows says what it has.
 */
const steps: [command: RegExp, check: (ended: Ended) => void, codes?: readonly number[]][] = [
  [/^npm ci && npm start$/, quickstart],
  [/ report --format md$/, ({ stdout }) => expect(stdout).toMatch(/^# quickstart\n[\s\S]*\n\| \*{0,2}onnxruntime/)],
  [
    / recommend$/,
    ({ stdout }) => expect(stdout).toMatch(/(flips with[\s\S]*|no measurement is valid[\s\S]*)loses/),
    [0, 5],
  ],
  [/^cp -r examples\/quickstart mine$/, () => expect(existsSync(join(cwd, 'mine', 'encoder.onnx'))).toBe(true)],
  [/^sed -i .* mine\/experiment\.yaml$/, edited],
  [/^sed -i .* there\/experiment\.yaml$/, movedThere],
  [/ validate mine$/, ({ stderr }) => expect(stderr).not.toContain('error')],
  [/ plan mine$/, ({ stdout }) => expect(stdout).toMatch(/^mine: 4 configurations, .* p95 within 30 ms/)],
  [/ run mine$/, ({ stdout }) => expect(stdout).toMatch(/report: .*mine-\d.*report\.html/), [0, 4, 5]],
  [/ compare "/, compared],
  [/ promote$/, refusedForALaptop, [3, 5]],
  [/^cp -r mine there$/, () => expect(existsSync(join(cwd, 'there', 'encoder.onnx'))).toBe(true)],
  [/^printf /, () => expect(readFileSync(join(cwd, 'there', 'experiment.yaml'), 'utf8')).toContain('demand:')],
  [/ plan there$/, plannedThere],
  [/ promote examples\/triton-instance-sweep$/, refusedForSomebodysFigures, [3]],
  [/ promote examples\/triton-instance-sweep --accept /, promoted],
  [/^npx cdk synth -q -c env=/, synthesised],
  [/^ls dist\/cdk\.out/, ({ stdout }) => expect(stdout).toContain('InfersweepProduction-triton-instance-sweep')],
  [/ cost$/, ({ stdout }) => expect(stdout).toMatch(/^infersweep:stack=production( +[\d.]+){3}$/m)],
];

let first: Ended;
const took: [seconds: number, command: string][] = [];
// Told and not judged: how long the path is on this machine, with what is installed already.
afterAll(() => {
  const all = took.reduce((sum, [seconds]) => sum + seconds, 0);
  const lines = took.map(([seconds, command]) => `${seconds.toFixed(1).padStart(7)} s  ${command.slice(0, 90)}`);
  console.log([...lines, `${all.toFixed(1).padStart(7)} s  from the first command to the last`].join('\n'));
});

function quickstart(ended: Ended): void {
  console.log(ended.stdout);
  expect(ended.stdout).toMatch(/serves [\d,.]+ requests\/s/);
  expect(ended.stdout).toMatch(/report: .*report\.html/);
  expect(ended.stdout).toMatch(/next: .* recommend quickstart-/);
}

function edited(): void {
  const text = readFileSync(join(cwd, 'mine', 'experiment.yaml'), 'utf8');
  for (const part of ['name: mine', 'users: [4]', 'latencyMs: 30']) expect(text).toContain(part);
}

/** On a machine that others keep busy the second run may have chosen nothing: 5, and that is refused as well. */
function refusedForALaptop({ code, stderr }: Ended): void {
  expect(stderr).toMatch(code === 3 ? /local-1c is a configuration of this machine/ : /nothing was chosen/);
  expect(stderr).toMatch(/\nnext: node dist\/bin\/kit\.js /);
  expect(existsSync(join(cwd, 'promoted'))).toBe(false);
}

function plannedThere({ stdout }: Ended): void {
  expect(stdout).toMatch(/^there: 4 configurations, minimize-cost, .*\ndemand 30000\/min/);
  expect(stdout).toMatch(/c7i\.xlarge/);
  expect(stdout).toMatch(/\d USD expected, \d+\.\d\d USD at worst/);
}

function refusedForSomebodysFigures({ stderr }: Ended): void {
  for (const reason of ['undecided', 'stale', 'prices']) expect(stderr).toContain(`--accept ${reason}`);
}

/** What is in the file is what the document says, and that it is no measurement. */
function promoted({ stderr }: Ended): void {
  expect(stderr).toMatch(/wrote promoted\/triton-instance-sweep\.json\nnext: npx cdk diff/);
  const file = JSON.parse(readFileSync(join(cwd, 'promoted', 'triton-instance-sweep.json'), 'utf8'));
  expect(file).toMatchObject({ evidence: 'scalar', promotion: { accepted: ['undecided', 'stale', 'prices'] } });
}

/** With the scaling values that were promoted, and the open decision as a warning. */
function synthesised({ stderr }: Ended): void {
  const read = (path: string) => JSON.parse(readFileSync(join(cwd, path), 'utf8'));
  const { scaling, deploy } = read('promoted/triton-instance-sweep.json');
  const template = JSON.stringify(read('dist/cdk.out/InfersweepProduction-triton-instance-sweep.template.json'));
  expect(template).toContain(`"MaxCapacity":${scaling.maxCapacity},"MinCapacity":${scaling.minCapacity}`);
  expect(template).toContain(`"InstanceType":"${deploy.instanceType}"`);
  expect(stderr).toContain('undecided, because the figures carry no spread');
}

function movedThere(): void {
  const text = readFileSync(join(cwd, 'there', 'experiment.yaml'), 'utf8');
  for (const part of ['name: there', 'c7i.xlarge']) expect(text).toContain(part);
}

/** The same four configurations in both runs. */
function compared({ stdout }: Ended): void {
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toMatch(/^configuration +instance +base req\/min +head req\/min/);
  expect(rows.filter((r) => r.startsWith('onnxruntime-'))).toHaveLength(4);
  expect(stdout).not.toContain('absent');
}

function run(command: string): Promise<Ended> {
  const line = command.replace(/\bnpm ci && /, '');
  // The build is the checkout's, and templates are held to the policies by suites of their own.
  const env = { ...process.env, INFERSWEEP_BUILT: '1', CDK_VALIDATION: 'false', npm_config_update_notifier: 'false' };
  const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (d: Buffer) => {
    ended.stdout += d.toString();
  });
  child.stderr.on('data', (d: Buffer) => {
    ended.stderr += d.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })));
}

beforeAll(() => {
  const kept = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  for (const file of kept
    .toString()
    .split('\0')
    .filter((f) => f !== '' && existsSync(join(root, f))))
    cpSync(join(root, file), join(cwd, file));
  cpSync(join(root, 'dist'), join(cwd, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'));
});

describe('the newcomer’s path', () => {
  it('begins with the README’s first command', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(commands[0]!);
  });

  it('has something to check after every command, and every check a command', () => {
    expect(commands.filter((c) => !steps.some(([command]) => command.test(c)))).toEqual([]);
    expect(steps.filter(([command]) => !commands.some((c) => command.test(c)))).toEqual([]);
  });

  it.each(commands)('%s', async (command) => {
    const startedMs = performance.now();
    const ended = await run(command);
    took.push([(performance.now() - startedMs) / 1000, command]);
    const [, check, codes = [0]] = steps.find(([step]) => step.test(command))!;
    if (command === commands[0]) first = ended;
    expect(codes, `${ended.stdout}\n${ended.stderr}`).toContain(ended.code);
    check(ended);
  });
});

describe('the quickstart', () => {
  const folder = () => join(cwd, dirname(/report: (.*)$/m.exec(first.stdout)![1]!));

  it('loaded four configurations that differ, and confirmed two', async () => {
    const { stdout } = await run(`node dist/bin/kit.js report ${folder()} --format json`);
    const { rows } = JSON.parse(stdout) as { rows: { ratePerSecond: number; confirmed: boolean }[] };
    expect(rows).toHaveLength(4);
    expect(rows.filter((r) => r.confirmed)).toHaveLength(2);
    const rates = rows.map((r) => r.ratePerSecond);
    expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(1.3);
  });

  it('wrote its documents, and a receipt that nothing is left', () => {
    for (const name of [
      'plan.json',
      'lock.json',
      'journal.jsonl',
      'measurements.jsonl',
      'recommendation.json',
      'receipt.json',
      'report.html',
    ]) {
      expect(existsSync(join(folder(), name)), name).toBe(true);
    }
    const receipt = JSON.parse(readFileSync(join(folder(), 'receipt.json'), 'utf8'));
    expect(receipt.alive).toEqual([]);
    expect(receipt.resources).toHaveLength(6);
    expect(leftovers(cwd)).toEqual([]);
  });

  it('prints plain lines off a terminal', () => {
    expect(first.stderr).toMatch(/^deploy onnxruntime-/m);
    expect(first.stderr).not.toContain('\u001b[');
  });
});
