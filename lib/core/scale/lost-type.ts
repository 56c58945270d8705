/** What a fleet does when its instance type cannot be had: what runs goes on, what is launched is refused, or stands on another type. */
import type { Bracket, Fleet, Policy, Replays } from './replays.ts';

export interface Loss {
  /** Type that is launched instead; null for none. */
  instead: string | null;
  bracket: Bracket;
}

export interface Stand {
  instanceType: string;
  kind: Fleet['kinds'][number];
}

/** @param others types that may stand in, each measured with the same configuration */
export function withoutType(
  replays: Replays,
  policy: Policy,
  { kinds }: Fleet,
  others: readonly Stand[],
  seeds: number,
): Loss[] {
  const lost = { ...kinds[0]!, available: false };
  const loss = (instead: Stand | null): Loss => ({
    instead: instead?.instanceType ?? null,
    bracket: replays.bracket(policy, { kinds: instead === null ? [lost] : [lost, instead.kind] }, seeds),
  });
  return [loss(null), ...others.map(loss)];
}
