/** Images and Lab in CDK's validation engine with AwsSolutions of cdk-nag: nothing is found but what is acknowledged. */
import { type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Construct } from 'constructs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { imagesAcknowledgements } from '../../lib/stacks/images-acknowledgements.ts';
import { labAcknowledgements } from '../../lib/stacks/lab-acknowledgements.ts';
import { type KitOptions, kitStacks } from '../support/kit-stacks.ts';

type Acknowledgement = ReturnType<typeof labAcknowledgements>[number];

function acknowledge(stack: Stack, entries: readonly Acknowledgement[]): void {
  for (const { id, at, reason } of entries) {
    const construct = at.split('/').reduce<Construct>((found, name) => found.node.findChild(name) as Construct, stack);
    Validations.of(construct).acknowledge({ id, reason });
  }
}

function validate(options: KitOptions, drop: (entry: Acknowledgement) => boolean = () => false): void {
  const { app, images, lab } = kitStacks(options);
  const kept = (entries: readonly Acknowledgement[]) => entries.filter((entry) => !drop(entry));
  acknowledge(images, kept(imagesAcknowledgements(['cpu', 'neuron'])));
  const has = { durable: lab.sweep !== null, controller: lab.controller !== null };
  acknowledge(lab, kept(labAcknowledgements('Images', options.lab?.network !== undefined, has)));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app as never));
  app.synth({ force: true });
}

describe('with validation on', () => {
  beforeEach(() => vi.stubEnv('CDK_VALIDATION', 'true'));
  afterEach(() => vi.unstubAllEnvs());

  it.each<[string, KitOptions]>([
    ['shared, public', {}],
    ['own, isolated', { lab: { network: 'isolated' } }],
    ['shared, public, without durable functions', { lab: { durable: false } }],
  ])('the stacks are clean (network: %s)', (_, options) => {
    expect(() => validate(options)).not.toThrow();
  });

  it('and would not be without a reason given', () => {
    expect(() => validate({}, ({ id }) => id === 'AwsSolutions-ECS4')).toThrow(/Container Insights/);
  });
});
