/** One start of a controller that is something billed itself: what is held for it, and by what it is known. */
export type ControllerSeat = {
  /** Of the lease under which it was asked for: grows with every start of the run. */
  number: number;
  name: string;
  askedAtMs: number;
  /** RFC 3339. */
  expiresAt: string;
  usdPerHour: number;
  tags: { [key: string]: string };
  /** Of the run's `plan.json`, in hexadecimal: another one is refused; null for a run of an earlier release. */
  planSha256: string | null;
};
