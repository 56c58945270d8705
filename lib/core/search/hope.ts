/** Standard deviations of the good case: one in twenty turns out better. */
export const HOPE = 1.6;

/** A loaded configuration is tried a little above what it is believed to carry: where latency is flat, the news is there. */
export const AHEAD = 0.7;
