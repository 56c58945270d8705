/** Our server sleeping for `fixedMs + perItemMs × items`: a stand-in for a device that is not here. */
import * as z from 'zod';
import { decimal, dynamicBatching } from './batching.ts';
import { parameter, type Runtime } from './parameter.ts';

const milliseconds = (word: string, fallback: number) =>
  parameter(z.number().min(0).max(60_000), { fallback, label: (v) => `${word}${decimal(v)}ms` });

export const emulated = {
  name: 'emulated',
  needsModel: false,
  origin: 'emulated',
  environment: () => null,
  parameters: {
    fixedMs: milliseconds('fixed', 5),
    perItemMs: milliseconds('item', 1),
    /** Relative spread of the service time, 0 for none. */
    jitter: parameter(z.number().min(0).max(1), {
      fallback: 0,
      label: (v) => `jitter${decimal(v)}`,
    }),
    dynamicBatching,
  },
} as const satisfies Runtime;
