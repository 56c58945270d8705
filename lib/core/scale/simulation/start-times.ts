/** How long instances take to start: lognormal, with a part that instances of one action share (the same image, the same pool). */
import { normal, stream } from '../draws.ts';
import type { Assumptions } from './assumptions.ts';

type StartAssumptions = Pick<Assumptions, 'startS' | 'startCv' | 'startShared'>;

/** @returns seconds of the n-th launch, which belongs to the given action; both from 0 */
export function startTimes(
  { startS, startCv, startShared }: StartAssumptions,
  seed: number,
): (launch: number, action: number) => number {
  const sigma = Math.sqrt(Math.log(1 + startCv ** 2));
  const [own, shared] = [stream(seed, 4), stream(seed, 5)];
  return (launch, action) =>
    startS *
    Math.exp(
      sigma * (Math.sqrt(startShared) * normal(shared, action) + Math.sqrt(1 - startShared) * normal(own, launch)),
    );
}
