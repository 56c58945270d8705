/** What the AWS stacks and whoever uses them agree on: names, prefixes, and the document that says where the rest is. */
import * as z from 'zod';

/** Tags with which an EC2 host is launched; it reads them from its own metadata. */
export const hostTags = {
  /** Minutes until it ends itself, from its boot. Only a value below the launch template's ceiling has effect. */
  ttlMinutes: 'infersweep:ttl-minutes',
  /** `s3://…` of its start document, below `prefixes.hosts`. */
  start: 'infersweep:start',
} as const;

/** What may be read or written where. Each role is confined to the prefixes it needs. */
export const prefixes = {
  /** Prepared models, in the artifacts bucket; cached by hash. */
  artifacts: 'artifacts/',
  /** Start documents of hosts, in the bucket of the stack that launches them. */
  hosts: 'hosts/',
  /** Load jobs, their inputs and results, in the results bucket. */
  load: 'load/',
  /** Records of runs, in the results bucket. */
  runs: 'runs/',
} as const;

/** Ports of a trial host: the front end, and the server behind it for `via: direct`. */
export const servingPorts = { front: 8080, direct: 8000 } as const;

/** IAM path of every role that servers, hosts and tasks of trials run as; Guard lets no other be handed over. */
export const ROLE_PATH = '/infersweep/';

/** Repositories of the kit's own images: `infersweep/<image>`. */
export const REPOSITORY_PREFIX = 'infersweep/';

/** SSM parameter with the digest (`sha256:…`) of the image as last built; absent until it has been. */
export function imageDigestParameter(image: string): string {
  return `/infersweep/images/${image}/digest`;
}

/** SSM parameters that hold a `Lab` and a `PreparationSite`. */
export const LAB_PARAMETER = '/infersweep/lab';
export const PREPARATION_PARAMETER = '/infersweep/images/preparation';

const id = z.string().min(1);

const hostSite = {
  /** Of hosts and load generators; not every zone has every instance type. */
  subnets: z.array(id).min(1),
  /** Log group of hosts and their containers: `<instance id>/host`, `<instance id>/<container>`. */
  hostLogGroup: id,
  /** By instance family. The version is pinned, so that a sweep does not change hosts half way. */
  launchTemplates: z.record(id, z.strictObject({ id, version: id, maximumTtlMinutes: z.number().int().positive() })),
};

/** Where a deployed Lab is: enough to start load generators, hosts and endpoints without asking CloudFormation. */
export const labSchema = z.strictObject({
  schema: z.literal('infersweep.lab.v1'),
  resultsBucket: id,
  artifactsBucket: id,
  /** Role of the models of trial endpoints. */
  executionRole: id,
  /** As `RunTask` wants it. */
  loadTask: z.strictObject({
    cluster: id,
    definition: id,
    container: id,
    securityGroup: id,
    assignPublicIp: z.enum(['ENABLED', 'DISABLED']),
  }),
  ...hostSite,
});

/** Where models are prepared. */
export const preparationSiteSchema = z.strictObject({
  schema: z.literal('infersweep.preparation.v1'),
  artifactsBucket: id,
  ...hostSite,
});

export type Lab = z.infer<typeof labSchema>;
export type PreparationSite = z.infer<typeof preparationSiteSchema>;
export type HostSite = Pick<Lab, 'subnets' | 'hostLogGroup' | 'launchTemplates'>;
