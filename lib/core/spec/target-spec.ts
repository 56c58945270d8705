/** Where deployments may live. */
import * as z from 'zod';

const instanceTypes = z.array(z.string().min(1).max(64)).min(1).max(200);

/** One entry of `targets`: exactly one of its keys, which `entry-rules.ts` checks. */
export const targetEntrySchema = z.strictObject({
  local: z
    .strictObject({
      /** Cores that serve; the load generator keeps to the others. */
      cores: z.int().min(1).max(1024).default(1),
    })
    .optional(),
  sagemaker: z.strictObject({ instanceTypes }).optional(),
  ec2: z.strictObject({ instanceTypes, purchase: z.enum(['on-demand', 'spot']).default('on-demand') }).optional(),
});

export type TargetEntry = z.output<typeof targetEntrySchema>;
