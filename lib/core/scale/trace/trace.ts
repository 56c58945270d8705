import * as z from 'zod';

/** Demand over time. */
export const traceSchema = z.strictObject({
  name: z.string(),
  /** Length of one step, seconds. */
  stepS: z.number().positive(),
  /** Requests expected in each step; seeds scatter them as a Poisson process, as another day like this one would. */
  requests: z.array(z.number().nonnegative()).min(1),
});
export type Trace = Readonly<Omit<z.infer<typeof traceSchema>, 'requests'>> & { readonly requests: readonly number[] };

export const MINUTE_S = 60;

export function durationS({ stepS, requests }: Trace): number {
  return stepS * requests.length;
}

/** Requests expected in each minute, the unit of the metric that scales. */
export function perMinute({ stepS, requests }: Trace): number[] {
  const minutes = new Array<number>(Math.ceil((requests.length * stepS) / MINUTE_S)).fill(0);
  requests.forEach((n, i) => {
    minutes[Math.floor((i * stepS) / MINUTE_S)]! += n;
  });
  return minutes;
}
