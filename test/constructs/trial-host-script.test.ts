/** `containers/hosts/trial_host.py`, run for real with stubs for everything it calls. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type HostStart, hostStartSchema } from '../../lib/core/plan/host-start.ts';
import { InstanceMetadata } from '../support/instance-metadata.ts';
import { StubCommands } from '../support/stub-commands.ts';

const script = join(import.meta.dirname, '..', '..', 'containers', 'hosts', 'trial_host.py');
// The interpreter itself: what is first on the PATH may be a wrapper, which needs a PATH.
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const registry = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const image = (name: string) => `${registry}/infersweep/${name}@sha256:${'a'.repeat(64)}`;
const container = { entrypoint: null, command: [], environment: {} };
const front = {
  ...container,
  name: 'front',
  image: image('cpu'),
  environment: { INFERSWEEP_PORT: '8080', NOTE: 'a b "c"' },
};
const triton = {
  ...container,
  name: 'triton',
  image: image('triton'),
  command: ['tritonserver', '--model-repository=/m'],
};
const serving: HostStart = {
  schema: 'infersweep.host-start.v1',
  model: 's3://bucket/artifacts/a/',
  output: null,
  shmMib: 1024,
  containers: [front, triton],
};

let stubs: StubCommands;
let metadata: InstanceMetadata;
let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  stubs.remove();
  await metadata.close();
});

interface Setting {
  document?: unknown;
  tags?: Record<string, string>;
  accelerator?: 'none' | 'nvidia' | 'neuron';
  behaviour?: Record<string, string>;
  devices?: string[];
  /** What the served port answers to "are you ready?"; the last for ever. */
  health?: number[];
  startLimitSeconds?: number;
}

/** The server whose container is a stub. */
async function healthUrl(answers: number[]): Promise<string> {
  server = createServer((_, response) => {
    response.writeHead(answers.length > 1 ? answers.shift()! : answers[0]!).end();
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/health/ready`;
}

const aws = `case "$*" in
  *"s3 cp s3://bucket/hosts/t.json -"*) /bin/cat "$STUBS/start.json" ;;
  *get-login-password*) echo secret ;;
  *put-log-events*) for word; do case "$word" in file://*) { /bin/cat "\${word#file://}"; echo; } >> "$STUBS/events.jsonl" ;; esac; done ;;
esac`;

async function hostWith(s: Setting = {}) {
  stubs = new StubCommands();
  const commands = ['shutdown', 'poweroff', 'systemctl', 'nvidia-smi', 'modinfo'].map((name) => [name, ':']);
  const docker =
    'case "$1" in login) read -r password; echo "$password" > "$STUBS/password" ;; info) echo 25.0 ;; esac';
  for (const [name, body] of Object.entries({ ...Object.fromEntries(commands), aws, docker, ...s.behaviour }))
    stubs.add(name, body as string);
  stubs.write('start.json', typeof s.document === 'string' ? s.document : JSON.stringify(s.document ?? serving));
  const root = join(stubs.folder, 'root');
  mkdirSync(join(root, 'dev'), { recursive: true });
  for (const device of s.devices ?? []) writeFileSync(join(root, 'dev', device), '');
  const tags = s.tags ?? { 'infersweep:start': 's3://bucket/hosts/t.json', 'infersweep:ttl-minutes': '90' };
  metadata = await InstanceMetadata.serve({
    'instance-id': 'i-1',
    'ami-id': 'ami-1',
    'instance-type': 'g4dn.xlarge',
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tags/instance/${key}`, value])),
  });
  const ran = await stubs.run(
    python,
    [
      script,
      '--ceiling-minutes',
      '240',
      '--accelerator',
      s.accelerator ?? 'nvidia',
      '--log-group',
      'g',
      '--region',
      'us-east-1',
      '--root',
      root,
      '--health-url',
      await healthUrl(s.health ?? [200]),
      '--start-limit-seconds',
      String(s.startLimitSeconds ?? 60),
    ],
    { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url },
  );
  const reports = stubs.read('events.jsonl').trim().split('\n');
  const events = reports
    .flatMap((report) => JSON.parse(report) as { message: string }[])
    .map(({ message }) => JSON.parse(message));
  return { ...ran, root, events, dockerRuns: ran.calls.filter((call) => call.startsWith('docker run')) };
}

describe('a host that serves', () => {
  it('shortens its life before anything else and starts only what the document says', async () => {
    expect(hostStartSchema.safeParse(serving).success).toBe(true);
    const { code, calls, events } = await hostWith();
    expect(code).toBe(0);
    expect(calls[0]).toBe('shutdown -h +90');
    expect(calls.filter((call) => call.startsWith('shutdown'))).toHaveLength(1);
    const order = ['s3 cp s3://bucket/hosts/t.json', 'docker login', 'docker pull', 's3 cp --recursive', 'docker run'];
    const places = order.map((word) => calls.findIndex((call) => call.includes(word)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(events.map(({ event }) => event)).toEqual(['life', 'booted', 'image', 'model', 'started', 'ready']);
    expect(events[1]).toMatchObject({ ami: 'ami-1', instanceType: 'g4dn.xlarge' });
  });

  it('publishes the ports of the first container and gives the others its network, and all the devices', async () => {
    const { dockerRuns, root } = await hostWith();
    const shared =
      `--gpus all --shm-size=1024m --ulimit memlock=-1 --ulimit stack=67108864 --ulimit nofile=1048576 ` +
      `--security-opt no-new-privileges --volume ${root}/opt/ml/model:/opt/ml/model:ro`;
    const logs = (name: string) =>
      `--log-driver awslogs --log-opt awslogs-region=us-east-1 --log-opt awslogs-group=g --log-opt awslogs-stream=i-1/${name} --log-opt mode=non-blocking`;
    expect(dockerRuns).toEqual([
      `docker run --detach --name front ${logs('front')} --publish 8080:8080 --publish 8000:8000 ${shared} --env INFERSWEEP_PORT=8080 --env NOTE=a b "c" ${front.image}`,
      `docker run --detach --name triton ${logs('triton')} --network container:front ${shared} ${triton.image} tritonserver --model-repository=/m`,
    ]);
  });

  it('logs in by stdin, so that no process list shows the password', async () => {
    const { calls } = await hostWith();
    expect(calls).toContain(`docker login --username AWS --password-stdin ${registry}`);
    expect(stubs.read('password').trim()).toBe('secret');
  });

  it('is no container instance, and powers off if it ever boots again', async () => {
    const { calls, root } = await hostWith();
    expect(calls).toContain('systemctl mask ecs');
    expect(calls).toContain('systemctl enable infersweep-second-boot');
    const unit = readFileSync(join(root, 'etc/systemd/system/infersweep-second-boot.service'), 'utf8');
    expect(unit).toContain('ExecStart=/usr/sbin/poweroff');
    expect(unit).toContain('WantedBy=multi-user.target');
    // Not during this boot, of which /run knows.
    expect(unit).toContain('ConditionPathExists=!/run/infersweep-first-boot');
    expect(existsSync(join(root, 'run/infersweep-first-boot'))).toBe(true);
  });

  it('gives every Neuron device in the order of its number, and no GPU', async () => {
    const devices = ['neuron10', 'neuron0', 'neuron2', 'neuron_monitor'];
    const { dockerRuns } = await hostWith({ accelerator: 'neuron', devices });
    expect(dockerRuns[0]).toContain('--device=/dev/neuron0 --device=/dev/neuron2 --device=/dev/neuron10 --shm-size');
    expect(dockerRuns[0]).not.toContain('--gpus');
    expect(dockerRuns[0]).not.toContain('monitor');
  });

  it('gives no device where there is none', async () => {
    const { dockerRuns } = await hostWith({ accelerator: 'none' });
    expect(dockerRuns[0]).not.toMatch(/--gpus|--device/);
  });
});

describe('a host that waits for its server', () => {
  it('says that it is ready once the server does', async () => {
    const { code, events, calls } = await hostWith({ health: [503, 503, 200] });
    expect(code).toBe(0);
    expect(events.map(({ event }) => event).slice(-2)).toEqual(['started', 'ready']);
    expect(events.at(-1).atMs - events.at(-2).atMs).toBeGreaterThanOrEqual(900);
    expect(calls).not.toContain('shutdown -h now');
  });

  it('names the container that ended, and ends itself', async () => {
    const docker =
      'case "$1 $*" in info*) echo 25.0 ;; inspect*triton) echo exited 3 false ;; inspect*) echo running 0 false ;; esac';
    const { code, events, calls } = await hostWith({ health: [503], behaviour: { docker } });
    expect(code).toBe(1);
    expect(events.at(-1)).toMatchObject({ event: 'failed', reason: 'container triton ended with exit code 3' });
    expect(calls.at(-1)).toBe('shutdown -h now');
  });

  it('says that the kernel ended it for want of memory', async () => {
    const docker = 'case "$1 $*" in info*) echo 25.0 ;; inspect*) echo exited 137 true ;; esac';
    const { events } = await hostWith({ health: [503], behaviour: { docker } });
    const reason = expect.stringMatching(
      /^container \w+ ended with exit code 137, killed by the kernel: out of memory$/,
    );
    expect(events.at(-1)).toMatchObject({ event: 'failed', reason });
  });

  it('does not wait for ever', async () => {
    const { code, events, calls } = await hostWith({ health: [503], startLimitSeconds: 1 });
    expect(code).toBe(1);
    expect(events.at(-1)).toMatchObject({
      event: 'failed',
      reason: expect.stringContaining('no healthy answer within'),
    });
    expect(calls.at(-1)).toBe('shutdown -h now');
  });
});

describe('the life of a host', () => {
  it.each(['239', '1'])('is shortened to %s minutes', async (minutes) => {
    const { calls } = await hostWith({
      tags: { 'infersweep:start': 's3://bucket/hosts/t.json', 'infersweep:ttl-minutes': minutes },
    });
    expect(calls[0]).toBe(`shutdown -h +${minutes}`);
  });

  it.each(['240', '241', '100000', '0', '-5', '1e9', '90; poweroff', '٩', ''])(
    'is not changed by "%s"',
    async (minutes) => {
      const { calls, events } = await hostWith({
        tags: { 'infersweep:start': 's3://bucket/hosts/t.json', 'infersweep:ttl-minutes': minutes },
      });
      expect(calls.filter((call) => call.startsWith('shutdown'))).toEqual([]);
      expect(events[0]).toMatchObject({ event: 'life', minutes: 240 });
    },
  );

  it('is not changed without the tag', async () => {
    const { calls } = await hostWith({ tags: { 'infersweep:start': 's3://bucket/hosts/t.json' } });
    expect(calls.filter((call) => call.startsWith('shutdown'))).toEqual([]);
  });
});

describe('a host that cannot do its work ends at once and says why', () => {
  const unpinned = { ...serving, containers: [{ ...front, image: `${registry}/infersweep/cpu:latest` }] };
  it.each<[string, Setting, RegExp]>([
    ['has no start document', { tags: {} }, /no tag infersweep:start/],
    ['finds another document', { document: { schema: 'x' } }, /no infersweep.host-start.v1/],
    ['finds no JSON', { document: '{' }, /is no JSON/],
    [
      'is to run an image by its tag',
      { document: unpinned },
      /infersweep\/cpu:latest is not one of ECR pinned by @sha256/,
    ],
    [
      'cannot pull',
      { behaviour: { docker: '[ "$1" = info ] && echo 25; [ "$1" != pull ] || { echo no space >&2; exit 1; }' } },
      /docker pull.*no space/,
    ],
    ['has no device', { accelerator: 'neuron' }, /no \/dev\/neuron/],
  ])('when it %s', async (_, setting, reason) => {
    const { code, calls, events, dockerRuns } = await hostWith(setting);
    expect(code).toBe(1);
    expect(calls.at(-1)).toBe('shutdown -h now');
    expect(events.at(-1)).toMatchObject({ event: 'failed', reason: expect.stringMatching(reason) });
    expect(dockerRuns).toEqual([]);
  });
});

describe('a host with a job', () => {
  const job = {
    ...serving,
    output: 's3://bucket/artifacts/b/',
    containers: [{ ...front, entrypoint: 'python3', command: ['-m', 'trace'] }],
  };

  it('waits for it, uploads its output, then ends', async () => {
    expect(hostStartSchema.safeParse(job).success).toBe(true);
    const { code, calls, events, root } = await hostWith({ document: job, accelerator: 'none' });
    expect(code).toBe(0);
    const run = calls.findIndex((call) => call.startsWith('docker run'));
    expect(calls[run]).not.toContain('--detach');
    expect(calls[run]).toMatch(/opt\/ml\/output:\/opt\/ml\/output .*--entrypoint python3 \S+ -m trace$/);
    expect(calls[run + 1]).toBe(
      `aws s3 cp --recursive --only-show-errors ${root}/opt/ml/output s3://bucket/artifacts/b/ --region us-east-1`,
    );
    // The images of the kit do not run as root.
    expect(statSync(join(root, 'opt/ml/output')).mode & 0o777).toBe(0o777);
    expect(statSync(join(root, 'opt/ml/model')).mode & 0o022).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'finished' });
    expect(calls.at(-1)).toBe('shutdown -h now');
  });

  it('uploads the manifest last: it says that the artifact is complete', async () => {
    const docker =
      '[ "$1" = info ] && echo 25; [ "$1" != run ] || for word; do case "$word" in *:/opt/ml/output) echo {} > "`echo $word | /usr/bin/cut -d: -f1`/manifest.json" ;; esac; done';
    const { code, calls, root } = await hostWith({ document: job, accelerator: 'none', behaviour: { docker } });
    expect(code).toBe(0);
    const copy = `aws s3 cp --recursive --only-show-errors ${root}/opt/ml/output s3://bucket/artifacts/b/`;
    expect(calls.filter((call) => call.includes('artifacts/b/'))).toEqual([
      `${copy} --exclude manifest.json --region us-east-1`,
      `aws s3 cp --only-show-errors ${root}/opt/ml/output/manifest.json s3://bucket/artifacts/b/manifest.json --region us-east-1`,
    ]);
  });

  it('uploads nothing when it fails', async () => {
    const docker = '[ "$1" = info ] && echo 25; [ "$1" != run ] || exit 3';
    const { code, calls, events } = await hostWith({ document: job, accelerator: 'none', behaviour: { docker } });
    expect(code).toBe(1);
    expect(calls.some((call) => call.includes('artifacts/b/'))).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: 'failed', reason: expect.stringContaining('ended with 3') });
    expect(calls.at(-1)).toBe('shutdown -h now');
  });

  it('has one container: the schema refuses two', () => {
    expect(hostStartSchema.safeParse({ ...job, containers: [front, triton] }).success).toBe(false);
  });
});
