/** The model and what is sent to it. Paths are relative to the experiment's file. */
import * as z from 'zod';
import { toleranceSchema } from '../load/job.ts';

const address = z.string().min(1, 'must not be empty').max(1024);

/** `s3://…` and the like: nothing that this machine can look at. */
export function isAddress(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
}

export const tokenizerSchema = z.strictObject({
  maxLength: z.int().min(1).max(131_072),
  /** `none`: each text at its own length; `multipleOf8`: right-padded to a multiple of 8; `max`: to `maxLength`. */
  padding: z.enum(['none', 'multipleOf8', 'max']).default('none'),
});

export const modelSchema = z.strictObject({
  /** `.onnx`, `.pt`, a checkpoint folder, or an address such as `s3://bucket/model/`. */
  source: address,
  task: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must consist of lower case letters, digits and dashes')
    .optional(),
  /** JSON lines of KServe v2 tensors or of texts. */
  inputs: address,
  /** The right answers to them, by id. */
  golden: address.optional(),
  tokenizer: tokenizerSchema.optional(),
  /** How far an answer may be off; defaults follow the precision. */
  tolerance: toleranceSchema.optional(),
});
