/** How firm the decision is: for limit, demand and prices, each alone, how far it may move before another row is chosen. */
import { tidy } from '../scale/tidy.ts';
import type { Candidate } from './candidate.ts';
import { choiceOf } from './choice.ts';
import { contendersOf } from './contenders.ts';
import { cheapestAt, demandCounts, fullFleets } from './demand-map.ts';
import type { Goal } from './goal.ts';
import { type Ranked, rank, winner } from './rank.ts';
import type { Choice, Flip } from './recommendation.ts';
import { intervalAt, sloMap } from './slo-map.ts';
import { PRICE_STEP, winningPrice } from './winning-price.ts';

/** Demands further away than the first factor are another question; the others are for fleets of thousands. */
const FACTORS = [10, 2, 1.25];
/** Prices of other instance types that are named, the nearest. */
const MAX_PRICES = 8;

/** @param field as `fieldOf` gives it: the choice wins in it as things stand. */
export function sensitivityOf(choice: Ranked, field: readonly Candidate[], stated: Goal): Flip[] {
  const goal: Goal = { ...stated, whatIf: true };
  const flips = [
    ...limitFlips(field, goal),
    ...demandFlips(choice, field, goal),
    ...ownPriceFlip(choice, field, goal),
    ...otherPriceFlips(choice, field, goal),
  ];
  return flips.toSorted((a, b) => reach(a) - reach(b));
}

function reach({ stated, flipsAt }: Flip): number {
  return Math.abs(Math.log(flipsAt / stated));
}

type Found = Pick<Flip, 'what' | 'stated' | 'holdsTo' | 'flipsAt' | 'winner'> & { instanceType?: string };

function flip({ what, instanceType, stated, holdsTo, flipsAt, winner: best }: Found): Flip {
  const percent = tidy((flipsAt / stated - 1) * 100);
  return { what, instanceType: instanceType ?? null, stated, holdsTo, flipsAt, percent, winner: best };
}

function chosenAt(field: readonly Candidate[], goal: Goal): Choice | null {
  const best = winner(field, goal);
  return best === null ? null : choiceOf(best, goal.demandPerMinute);
}

function limitFlips(field: readonly Candidate[], goal: Goal): Flip[] {
  const map = sloMap(field, goal);
  const at = intervalAt(map, goal.sloMs);
  const here = map[at];
  if (here === undefined) return [];
  const chosen = (sloMs: number) => chosenAt(field, { ...goal, sloMs });
  const tighter = Math.max(belowLimit(here.fromMs), map[at - 1]?.fromMs ?? 0);
  const found = { what: 'sloMs' as const, stated: goal.sloMs };
  const flips = [flip({ ...found, holdsTo: here.fromMs, flipsAt: tighter, winner: chosen(tighter) })];
  const { toMs } = here;
  if (toMs === Number.POSITIVE_INFINITY) return flips;
  const holdsTo = Math.max(goal.sloMs, belowLimit(toMs));
  return [...flips, flip({ ...found, holdsTo, flipsAt: toMs, winner: chosen(toMs) })];
}

/** The next lower limit that anyone would write: whole milliseconds, or three digits. */
function belowLimit(ms: number): number {
  const unit = Math.min(1, 10 ** (Math.floor(Math.log10(ms)) - 2));
  return tidy((Math.ceil(tidy(ms / unit)) - 1) * unit);
}

/** In whole requests a minute. */
function demandFlips(choice: Ranked, field: readonly Candidate[], goal: Goal): Flip[] {
  const stated = goal.demandPerMinute;
  if (stated === null || !demandCounts(goal)) return [];
  const contenders = contendersOf(rank(field, goal));
  if (contenders.length < 2) return [];
  const changes = (demand: number) => cheapestAt(contenders, goal, demand) !== choice.candidate;
  for (const factor of FACTORS) {
    const full = fullFleets(contenders, stated / factor, stated * factor);
    if (full === null) continue;
    const more = full.map((d) => Math.floor(d) + 1).find((d) => d > stated && changes(d));
    const fewer = full.map(Math.floor).findLast((d) => d < stated && d >= 1 && changes(d));
    return [more, fewer].flatMap((flipsAt) => {
      if (flipsAt === undefined) return [];
      const holdsTo = flipsAt > stated ? Math.max(stated, flipsAt - 1) : Math.min(stated, flipsAt + 1);
      const best = chosenAt(field, { ...goal, demandPerMinute: flipsAt });
      return [flip({ what: 'requestsPerMinute', stated, holdsTo, flipsAt, winner: best })];
    });
  }
  return [];
}

/** A price is that of an instance type: all rows on it move together, and keep their order among themselves. */
function priceOf({ configuration: { target, instanceType }, usdPerHour }: Candidate): string {
  return `${target}/${instanceType}/${usdPerHour}`;
}

function ownPriceFlip({ candidate }: Ranked, field: readonly Candidate[], goal: Goal): Flip[] {
  const stated = candidate.usdPerHour;
  const mine = priceOf(candidate);
  const rival = winner(
    field.filter((c) => priceOf(c) !== mine),
    goal,
  );
  const highest = stated === null || rival === null ? null : winningPrice(candidate, rival, goal);
  if (stated === null || highest === null) return [];
  const flipsAt = tidy(highest + PRICE_STEP);
  const { instanceType } = candidate.configuration;
  const best = rival === null ? null : choiceOf(rival, goal.demandPerMinute);
  const found = { what: 'usdPerHour' as const, instanceType, stated, holdsTo: Math.max(stated, highest), flipsAt };
  return [flip({ ...found, winner: best })];
}

function otherPriceFlips(choice: Ranked, field: readonly Candidate[], goal: Goal): Flip[] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of field) {
    const group = groups.get(priceOf(candidate));
    if (group) group.push(candidate);
    else groups.set(priceOf(candidate), [candidate]);
  }
  groups.delete(priceOf(choice.candidate));
  const flips = [...groups.values()].flatMap((group): Flip[] => {
    const best = winner(group, goal);
    const stated = best?.candidate.usdPerHour ?? null;
    const flipsAt = best === null ? null : winningPrice(best.candidate, choice, goal);
    if (best === null || stated === null || flipsAt === null) return [];
    const holdsTo = Math.min(stated, tidy(flipsAt + PRICE_STEP));
    const shape = choiceOf({ ...best, candidate: { ...best.candidate, usdPerHour: flipsAt } }, goal.demandPerMinute);
    const { instanceType } = best.candidate.configuration;
    return [flip({ what: 'usdPerHour', instanceType, stated, holdsTo, flipsAt, winner: shape })];
  });
  return flips.toSorted((a, b) => reach(a) - reach(b)).slice(0, MAX_PRICES);
}
