/** Standard deviations of the good case: one in twenty turns out better. */
export const HOPE = 1.6;

/**
 * The same where a certificate hangs on it: beliefs err by more than a normal distribution has it, most of all about what was
 * never loaded.
 */
export const HOPE_LOADED = 2.3;
export const HOPE_NEVER_LOADED = 3;

/** A loaded configuration is tried a little above what it is believed to carry: where latency is flat, the news is there. */
export const AHEAD = 0.7;
