/** What would have to be different for a row to be the choice. */
export interface Change {
  sloMs?: number;
  requestsPerMinute?: number;
  /** Price of one instance of the row in question. */
  usdPerHour?: number;
}
