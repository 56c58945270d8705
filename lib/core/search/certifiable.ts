/** Nothing nearer to the limit can be certified in a few trials: a rate is good where latency keeps this share of it. */
export const CERTIFIABLE = 0.95;
