import type { Asked } from '../core/preflight/fact.ts';

/** What a call answered, or the service's own words for why not: a preflight goes on and says what it could not read. */
export async function asked<T>(call: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    if (!(error instanceof Error)) return { ok: false, why: String(error) };
    const words = error.message.split('\n')[0]!;
    return { ok: false, why: `${error.name}: ${words}`.slice(0, 300) };
  }
}
