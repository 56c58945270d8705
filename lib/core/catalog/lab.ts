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

/** Root volume of a host: itself, its images unpacked (Triton's is about 20 GiB) and the model. gp3, and held for in the ledger. */
export const HOST_VOLUME_GIB = 100;

/** Ports of a trial host: the front end, and the server behind it for `via: direct`. */
export const servingPorts = { front: 8080, direct: 8000 } as const;

/** IAM path of every role that servers, hosts and tasks of trials run as: each stack lets the create role hand over its own. */
export const ROLE_PATH = '/infersweep/';

/** IAM path of the roles of functions that control runs: Guard lets them take its own on, and nobody can be handed one. */
export const CONTROLLER_PATH = '/infersweep-controllers/';

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

/** Of a load generator: two whole vCPUs, one for the clock and the sockets, one for everything else, so that it is not the bottleneck. */
export const LOAD_TASK_SIZE = { vcpu: 2, memoryGib: 4 } as const;
/** Of a controller, which waits most of its time. Beside the plan it holds what a step reads: Lambda has the same in 512 MB. */
export const CONTROLLER_TASK_SIZE = { vcpu: 0.5, memoryGib: 1 } as const;

/** Size of a Fargate task: what it is billed for. */
const taskSize = {
  vcpu: z.number().positive(),
  memoryGib: z.number().positive(),
  architecture: z.enum(['x86_64', 'arm64']),
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
    ...taskSize,
  }),
  /**
   * Drives a run where Lambda has no durable functions; in the cluster of the load generators. null: nothing in the Lab's
   * network reaches all that a controller calls.
   */
  controllerTask: z.strictObject({ definition: id, container: id, securityGroup: id, ...taskSize }).nullable(),
  /** Versions of durable functions, as `Invoke` wants them; each takes a `WorkflowEvent`. null: the region has none. */
  sweep: z
    .strictObject({
      /** For `sweep`. */
      start: id,
      /** For `smoke` and `prepare`, which act themselves. */
      group: id,
    })
    .nullable(),
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
