/** Rows of SageMaker's hosting as its API reference has them. */
import { type AwsWorld, ServiceError, type Thing } from '../world.ts';

export type HostingKind = 'endpoint' | 'endpoint-config' | 'model';
export type Row = 'Endpoint' | 'EndpointConfig' | 'Model';

/** Words of an error by the noun of an operation. */
export const nouns: Record<Row, { kind: HostingKind; words: string }> = {
  Endpoint: { kind: 'endpoint', words: 'endpoint' },
  EndpointConfig: { kind: 'endpoint-config', words: 'endpoint configuration' },
  Model: { kind: 'model', words: 'model' },
};

export interface Variant {
  VariantName: string;
  ModelName: string;
  InstanceType: string;
  InitialInstanceCount: number;
  ContainerStartupHealthCheckTimeoutInSeconds?: number;
}

export interface Container {
  Image: string;
  Environment?: Record<string, string>;
  ModelDataSource?: { S3DataSource: { S3Uri: string } };
}

/** Of an endpoint that was created by a call. */
export interface EndpointDetail {
  EndpointConfigName: string;
  variant: Variant;
  container: Container;
  modifiedMs: number;
  failureReason?: string;
}

/** Not a ResourceNotFound: the same class as every other mistake in a request (BentoML #504). */
export function absent(words: string, arn: string): ServiceError {
  return new ServiceError('ValidationException', `Could not find ${words} "${arn}".`);
}

/** As a listing has it. */
export function shown(noun: Row, { arn, name, status, createdMs, detail }: Thing): Record<string, unknown> {
  const { modifiedMs = createdMs } = (detail ?? {}) as Partial<EndpointDetail>;
  return {
    [`${noun}Arn`]: arn,
    [`${noun}Name`]: name,
    CreationTime: createdMs / 1000,
    ...(noun === 'Endpoint' ? { EndpointStatus: status, LastModifiedTime: modifiedMs / 1000 } : {}),
  };
}

/** As a Describe has it. */
export function created(noun: Row, thing: Thing, _world: AwsWorld): Record<string, unknown> {
  const row = shown(noun, thing);
  if (noun !== 'Endpoint') {
    const { Tags: _, ...input } = (thing.detail ?? {}) as Record<string, unknown>;
    return { ...(noun === 'EndpointConfig' ? { ProductionVariants: [] } : {}), ...input, ...row };
  }
  const { EndpointConfigName = thing.name, variant, container, failureReason } = detailOf(thing);
  return {
    ...row,
    EndpointConfigName,
    ...(variant && thing.status !== 'Failed' ? { ProductionVariants: [summary(variant, container!, thing)] } : {}),
    ...(thing.status === 'Failed' && failureReason !== undefined ? { FailureReason: failureReason } : {}),
  };
}

function detailOf(thing: Thing): Partial<EndpointDetail> {
  return (thing.detail ?? {}) as Partial<EndpointDetail>;
}

/** DeployedImage: `ResolvedImage` is the digest of what `SpecifiedImage` named. */
function summary({ VariantName, InitialInstanceCount }: Variant, { Image }: Container, { status, createdMs }: Thing) {
  const ResolvedImage = Image.includes('@') ? Image : `${Image.split(':')[0]}@sha256:${'d'.repeat(64)}`;
  return {
    VariantName,
    DeployedImages: [{ SpecifiedImage: Image, ResolvedImage, ResolutionTime: createdMs / 1000 }],
    CurrentInstanceCount: status === 'InService' ? InitialInstanceCount : 0,
    DesiredInstanceCount: InitialInstanceCount,
  };
}
