/** Guard's part, Images and Lab as one app, as `bin/app.ts` puts them together. */
import { App, type Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { alarmTopic } from '../../lib/constructs/alarm-topic.ts';
import type { GuardParts } from '../../lib/constructs/guard-parts.ts';
import type { KitImage } from '../../lib/constructs/kit-image.ts';
import { LedgerTable } from '../../lib/constructs/ledger-table.ts';
import { ImagesStack, type ImagesStackProps } from '../../lib/stacks/images-stack.ts';
import { LabStack, type LabStackProps } from '../../lib/stacks/lab-stack.ts';

const digest = `sha256:${'b'.repeat(64)}`;
export const publicImage: KitImage = {
  name: 'cpu',
  dockerfile: 'images/cpu.Dockerfile',
  architecture: 'arm64',
  base: {
    registry: 'public.ecr.aws',
    repository: 'docker/library/python',
    tag: '3.12-slim-bookworm',
    digest,
    accounts: null,
    regions: null,
  },
  frozen: false,
};
export const frozenImage: KitImage = {
  name: 'neuron',
  dockerfile: 'images/neuron.Dockerfile',
  architecture: 'amd64',
  base: {
    registry: null,
    repository: 'pytorch-inference-neuron',
    tag: '1.13.1',
    digest,
    accounts: { default: '763104351884', byRegion: { 'af-south-1': '626614931356' } },
    regions: ['us-east-1', 'af-south-1'],
  },
  buildArguments: { RUN_AS: 'root' },
  frozen: true,
};

export interface KitOptions {
  env?: Environment;
  images?: Partial<ImagesStackProps>;
  lab?: Partial<LabStackProps>;
  /** What somebody adds to the lab before it is synthesised. */
  added?: (lab: LabStack) => void;
}

function guardParts(stack: Stack): GuardParts {
  return {
    createRole: new Role(stack, 'Create', { assumedBy: new AccountRootPrincipal() }),
    deleteRole: new Role(stack, 'Delete', { assumedBy: new AccountRootPrincipal() }),
    ledgerTable: new LedgerTable(stack, 'Ledger').table,
    alarmTopic: alarmTopic(stack, 'Alarms', undefined),
    reaperFunction: new Lambda(stack, 'Reaper', {
      role: new Role(stack, 'ReaperRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = () => {}'),
    }),
  };
}

export function kitStacks({ env, ...o }: KitOptions = {}) {
  const app = new App();
  const guard = guardParts(new Stack(app, 'Guard', { env }));
  const images = new ImagesStack(app, 'Images', { env, guard, images: [publicImage, frozenImage], ...o.images });
  const lab = new LabStack(app, 'Lab', { env, guard, artifacts: images.artifacts, network: images.network, ...o.lab });
  o.added?.(lab);
  return { app, images, lab, template: { images: Template.fromStack(images), lab: Template.fromStack(lab) } };
}
