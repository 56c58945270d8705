/** The script of an instance, really run: against false `aws`, `dnf` and `shutdown`, in a folder instead of `/`. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { serviceWith, userDataOf } from '../support/instance-service.ts';

const root = mkdtempSync(join(tmpdir(), 'infersweep-instance-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** @param commands bodies of the false commands, by name */
function boot(modelData: ModelData, commands: Record<string, string>) {
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, 'etc', 'ecs'), { recursive: true });
  const given: Record<string, string> = { sleep: 'true', shutdown: `echo "$@" > ${root}/shutdown`, ...commands };
  for (const [name, body] of Object.entries(given)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const script = userDataOf(serviceWith(() => ({ modelData })).template())
    .replaceAll('/etc/ecs', join(root, 'etc', 'ecs'))
    .replaceAll('/var/lib', join(root, 'var'))
    .replaceAll('<AWS::Region>', 'us-east-1')
    .replaceAll(/<ServiceCluster\w+>/g, 'the-cluster');
  const { status } = spawnSync('bash', ['-c', script], {
    env: { PATH: `${bin}:/usr/bin:/bin` },
    timeout: 20_000,
  });
  const read = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null);
  return { status, config: read('etc/ecs/ecs.config')!, shutdown: read('shutdown'), read };
}

/** Answers `aws s3 cp … -` with an archive of one file. */
const archive = `echo "$@" >> ${root}/asked; mkdir -p ${root}/src; echo weights > ${root}/src/model.onnx; tar -czf - -C ${root}/src model.onnx`;
const packed = ModelData.fromUri('s3://models/bert/1/model.tar.gz');

describe('the script of an instance', () => {
  it('brings the model, then joins the cluster and says which model it holds', () => {
    const { status, config, shutdown, read } = boot(packed, { aws: archive });
    expect([status, shutdown]).toEqual([0, null]);
    expect(read('var/infersweep/model/model.onnx')).toBe('weights\n');
    expect(read('asked')).toBe('s3 cp --no-progress s3://models/bert/1/model.tar.gz -\n');
    expect(config.trimEnd().split('\n')).toEqual([
      'ECS_AWSVPC_BLOCK_IMDS=true',
      'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true',
      'ECS_INSTANCE_ATTRIBUTES={"infersweep.model":"models:bert:1:model.tar.gz"}',
      'ECS_CLUSTER=the-cluster',
    ]);
  });

  it('reads a prefix as it stands', () => {
    const { status, read } = boot(ModelData.fromUri('s3://models/bert/2/'), { aws: `echo "$@" > ${root}/asked` });
    expect(status).toBe(0);
    expect(read('asked')).toBe(`s3 sync --no-progress s3://models/bert/2/ ${root}/var/infersweep/model\n`);
  });

  it('tries three times', () => {
    const { status, config } = boot(packed, {
      aws: `echo x >> ${root}/tries; [ $(wc -l < ${root}/tries) -ge 3 ] || exit 1; ${archive}`,
    });
    expect(status).toBe(0);
    expect(config).toContain('ECS_CLUSTER=the-cluster');
  });

  it('ends itself without joining when the model does not come', () => {
    const { status, config, shutdown, read } = boot(packed, { aws: `echo x >> ${root}/tries; exit 1` });
    expect(status).not.toBe(0);
    expect(config).not.toContain('ECS_CLUSTER');
    expect(shutdown).toBe('--poweroff now\n');
    expect(read('tries')).toBe('x\nx\nx\n');
  });

  it('takes a broken archive for a model that did not come', () => {
    const { config, shutdown } = boot(packed, { aws: 'echo no archive' });
    expect(config).not.toContain('ECS_CLUSTER');
    expect(shutdown).not.toBeNull();
  });

  it('joins at once when the image holds the model', () => {
    const { status, config } = boot(ModelData.inImage(), { aws: 'exit 1' });
    expect(status).toBe(0);
    expect(config).toContain('ECS_CLUSTER=the-cluster');
    expect(config).not.toContain('ATTRIBUTES');
  });
});
