/** Threads that execute one batch. */
import * as z from 'zod';
import { parameter } from './parameter.ts';

/** `auto` becomes the cores of the deployment: those of `local`, or the instance's vCPUs. */
export const threads = parameter(z.union([z.int().min(1).max(1024), z.literal('auto')]), {
  fallback: 'auto',
  label: (value) => (value === 'auto' ? 'threads-auto' : `threads${value}`),
});
