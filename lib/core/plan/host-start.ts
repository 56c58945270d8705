/** The document from which an EC2 host starts its containers (`containers/hosts/trial_host.py` reads it). */
import * as z from 'zod';

const folder = z.string().regex(/^s3:\/\/[a-z0-9.-]+\/.+\/$/, 'must be s3://bucket/prefix/');

const container = z.strictObject({
  /** Also the last part of its log stream: `<instance id>/<name>`. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** In ECR, pinned: `<account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:…`. */
  image: z.string().regex(/^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/),
  entrypoint: z.string().min(1).nullable(),
  command: z.array(z.string()),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
});

export const hostStartSchema = z
  .strictObject({
    schema: z.literal('infersweep.host-start.v1'),
    /** Copied to `/opt/ml/model`, read-only for the containers. */
    model: folder.nullable(),
    /** null: serve until told to end. Otherwise a job: `/opt/ml/output` is copied here when its container ends, then the host ends. */
    output: folder.nullable(),
    /** Shared memory of each container, MiB. */
    shmMib: z.number().int().positive(),
    /** The first answers on the serving ports; the others share its network, the host's devices and the model. */
    containers: z.array(container).min(1),
  })
  .refine(({ output, containers }) => output === null || containers.length === 1, 'a job has exactly one container');

export type HostStart = z.infer<typeof hostStartSchema>;
