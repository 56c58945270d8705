/** What a stranger gets: the packed tarball in an empty project, its command line, and a CDK app of their own on top. */
import { execFile, execFileSync } from 'node:child_process';
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
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/cli.ts';

const run = promisify(execFile);
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const base = realpathSync(mkdtempSync(join(tmpdir(), 'tarball-')));
const project = join(base, 'project');
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));

const cdkCli = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** As a process of the consumer's project; without what this repository's own run put into the environment. */
const inProject = (command: string, args: string[]) =>
  run(command, args, { cwd: project, env: { ...process.env, CDK_VALIDATION: 'true' }, maxBuffer: 64 << 20 }).catch(
    (error: { message: string; stdout: string; stderr: string }) => {
      throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
    },
  );
const infersweep = (...args: string[]) => inProject(join(project, 'node_modules', '.bin', 'infersweep'), args);
const synth = async (app: string, ...args: string[]) => {
  const out = join(project, 'cdk.out');
  rmSync(out, { recursive: true, force: true });
  await inProject(process.execPath, [cdkCli, 'synth', '-q', '-a', app, '-o', out, ...args]);
  return Object.fromEntries(
    readdirSync(out)
      .filter((f) => f.endsWith('.template.json'))
      .map((f) => [f.replace('.template.json', ''), JSON.parse(readFileSync(join(out, f), 'utf8'))]),
  );
};
const typesIn = (template: { Resources: Record<string, { Type: string }> }) =>
  Object.values(template.Resources).map((r) => r.Type);

beforeAll(() => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', base], { cwd: root });
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const tarball = join(base, readdirSync(base).find((f) => f.endsWith('.tgz'))!);
  execFileSync(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', tarball].concat(
      `aws-cdk-lib@${own.devDependencies['aws-cdk-lib']}`,
      `constructs@${own.devDependencies.constructs}`,
    ),
    { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] },
  );
}, 400_000);

describe('the tarball in an empty project', () => {
  it('holds no tests, no sources and no caches', () => {
    const files = execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], { cwd: root, encoding: 'utf8' });
    const paths = (JSON.parse(files)[0].files as { path: string }[]).map((f) => f.path);
    expect(paths.filter((p) => /(^|\/)(tests?|__pycache__|node_modules)\//.test(p))).toEqual([]);
    expect(paths.filter((p) => p.endsWith('.ts') && !p.endsWith('.d.ts'))).toEqual([]);
  });

  it('brings a command line that decides', async () => {
    expect((await infersweep('--version')).stdout.trim()).toBe(own.version);
    const { stdout } = await infersweep(
      'recommend',
      'node_modules/infersweep/examples/triton-instance-sweep',
      '--json',
    );
    expect(JSON.parse(stdout).choice).toMatchObject({ configuration: 'trt-db', instanceType: 'ml.g4dn.2xlarge' });
  });

  it('brings the load generator', async () => {
    const server = createServer((_, res) => setTimeout(() => res.end('{}'), 5)).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { stdout } = await infersweep('load', url, '--users', '1', '--duration', '2s', '--json');
      expect(JSON.parse(stdout).requests).toBeGreaterThan(0);
    } finally {
      server.close();
    }
  });

  it('synthesises its own app', async () => {
    const stacks = await synth('node node_modules/infersweep/dist/bin/app.js');
    expect(Object.values(stacks).flatMap(typesIn)).toContain('AWS::SageMaker::Endpoint');
  });
});

describe('a CDK app of its own on infersweep/cdk', () => {
  beforeAll(async () => {
    writeFileSync(join(project, 'app.ts'), APP);
    const options = ['--module', 'NodeNext', '--target', 'ES2022', '--skipLibCheck', '--strict', '--types', 'node'];
    const types = ['--typeRoots', join(root, 'node_modules', '@types')];
    await inProject(process.execPath, [tsc, ...options, ...types, 'app.ts']);
  });

  it('type-checks, shares one aws-cdk-lib and synthesises', async () => {
    expect(
      execFileSync('npm', ['ls', 'aws-cdk-lib', '--all', '--parseable'], { cwd: project, encoding: 'utf8' })
        .trim()
        .split('\n'),
    ).toHaveLength(1);
    const { Consumer, Guard, Images } = await synth('node app.js');
    expect(typesIn(Consumer)).toEqual(
      expect.arrayContaining(['AWS::SageMaker::Model', 'AWS::SageMaker::EndpointConfig', 'AWS::SageMaker::Endpoint']),
    );
    expect(typesIn(Guard)).toContain('AWS::Lambda::Function');
    expect(typesIn(Images)).toContain('AWS::CodeBuild::Project');
  });

  it('takes the code of functions and the context of images out of the installed package', () => {
    const out = join(project, 'cdk.out');
    const assets = readdirSync(out, { withFileTypes: true }).filter(
      (e) => e.isDirectory() && e.name.startsWith('asset.'),
    );
    const holding = (file: string) => assets.some((e) => existsSync(join(out, e.name, file)));
    expect(holding('index.mjs'), 'the reaper').toBe(true);
    expect(holding('images/cpu.Dockerfile'), 'Dockerfiles').toBe(true);
    expect(holding('server/infersweep_server/__main__.py'), 'the server').toBe(true);
    expect(holding('loadgen/app/main.js'), 'the load generator').toBe(true);
  });
});

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { readFileSync } from 'node:fs';
import { GuardStack, ImagesStack, InferenceEndpoint, InferenceModel, kitImagesOf, ModelData, ModelImage } from 'infersweep/cdk';

const app = new App();
const stack = new Stack(app, 'Consumer');
const image = ModelImage.fromUri('123456789012.dkr.ecr.eu-west-1.amazonaws.com/server@sha256:${'0'.repeat(64)}');
const model = new InferenceModel(stack, 'Model', { image, modelData: ModelData.fromUri('s3://models/bert.tar.gz') });
new InferenceEndpoint(stack, 'Endpoint', { model, instanceType: 'ml.g4dn.xlarge' });
const guard = new GuardStack(app, 'Guard', { instanceTypes: ['ml.g4dn.xlarge'] });
const lock = JSON.parse(readFileSync('node_modules/infersweep/containers/images.lock.json', 'utf8'));
new ImagesStack(app, 'Images', { guard, images: kitImagesOf(lock) });
`;
