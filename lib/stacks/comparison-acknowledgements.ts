/** What the policies find in a comparison and what stays, each with its reason. */
import type { Acknowledgement } from './policy/acknowledge.ts';

/** @param sides how many fleets stand side by side */
export function comparisonAcknowledgements(sides: number): Acknowledgement[] {
  return [];
}
