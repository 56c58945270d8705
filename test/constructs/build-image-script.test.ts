/** `containers/build/build-image.sh`, run for real with stubs for docker and the AWS CLI. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { StubCommands } from '../support/stub-commands.ts';

const script = join(import.meta.dirname, '..', '..', 'containers', 'build', 'build-image.sh');
const registry = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const digest = `sha256:${'c'.repeat(64)}`;
const base = `public.ecr.aws/docker/library/python@sha256:${'b'.repeat(64)}`;

let stubs: StubCommands;
afterEach(() => stubs.remove());

async function build(change: Record<string, string> = {}, docker = ':', described = digest) {
  stubs = new StubCommands();
  stubs.add('docker', `[ "$1" = login ] && read -r password; ${docker}`);
  stubs.add('aws', `case "$*" in *get-login-password*) echo secret ;; *describe-images*) echo ${described} ;; esac`);
  const ran = await stubs.run('/bin/bash', [script], {
    REPOSITORY_URI: `${registry}/infersweep/cpu`,
    DOCKERFILE: 'images/cpu.Dockerfile',
    BASE: base,
    DIGEST_PARAMETER: '/infersweep/images/cpu/digest',
    CODEBUILD_BUILD_ID: 'project:1234-ab',
    AWS_REGION: 'us-east-1',
    ...change,
  });
  return { ...ran, done: ran.calls.filter((call) => !call.includes('get-login-password')) };
}

describe('build-image.sh', () => {
  it('builds from the pinned base, pushes under a tag of its own, publishes the digest', async () => {
    const { code, done } = await build({ BUILD_ARGUMENTS: 'RUN_AS=root X=*' });
    expect(code).toBe(0);
    const image = `${registry}/infersweep/cpu:build-1234-ab`;
    expect(done).toEqual([
      `docker login --username AWS --password-stdin ${registry}`,
      `docker build --file images/cpu.Dockerfile --build-arg BASE=${base} --build-arg RUN_AS=root --build-arg X=* --tag ${image} .`,
      `docker push ${image}`,
      'aws ecr describe-images --region us-east-1 --repository-name infersweep/cpu --image-ids imageTag=build-1234-ab --query imageDetails[0].imageDigest --output text',
      `aws ssm put-parameter --region us-east-1 --name /infersweep/images/cpu/digest --type String --overwrite --value ${digest}`,
    ]);
  });

  it('logs in to the registry of the base too, where there is one', async () => {
    const { done } = await build({ BASE_REGISTRY: '763104351884.dkr.ecr.us-east-1.amazonaws.com' });
    expect(done.slice(0, 2)).toEqual([
      `docker login --username AWS --password-stdin ${registry}`,
      'docker login --username AWS --password-stdin 763104351884.dkr.ecr.us-east-1.amazonaws.com',
    ]);
  });

  it('refuses a base that is not pinned, before it does anything', async () => {
    const { code, calls, stderr } = await build({ BASE: 'python:3.12' });
    expect([code, calls]).toEqual([1, []]);
    expect(stderr).toContain('BASE is python:3.12: it must be pinned by @sha256:');
  });

  it.each(['build', 'push'])('publishes nothing when docker %s fails', async (verb) => {
    const { code, done } = await build({}, `[ "$1" != ${verb} ] || exit 1`);
    expect(code).toBe(1);
    expect(done.some((call) => call.includes('put-parameter'))).toBe(false);
  });

  it('publishes nothing when the registry names no digest', async () => {
    const { code, done, stderr } = await build({}, ':', 'None');
    expect(code).toBe(1);
    expect(done.some((call) => call.includes('put-parameter'))).toBe(false);
    expect(stderr).toContain('names no digest');
  });
});
