/**
 * Quantile of Student's ratio (mean - μ) / standard error of values that are skewed: where large ones are rare, a series without
 * them has a low mean and a small standard error at once, so that the ratio lies far below 0 more often than above.
 *
 * With β a sixth of the skewness of the mean, t = G + β (1 + 2 G²) + (4/3) β² G³ has no skewness to the first order and rises all
 * the way (P. Hall, "On the Removal of Skewness by Transformation", Journal of the Royal Statistical Society B 54 (1992)); turned
 * round, G = ((1 + 6 β (t - β))^(1/3) - 1) / (2 β) is the quantile, used with Student's t by R. Willink, "A Confidence Interval and
 * Test for the Mean of an Asymmetric Distribution", Communications in Statistics - Theory and Methods 34 (2005), and for batch
 * means by A. Tafazzoli, J. R. Wilson, "N-Skart: A Nonsequential Skewness- and Autoregression-Adjusted Batch-Means Procedure for
 * Simulation Analysis", Proceedings of the 2009 Winter Simulation Conference.
 */

/** Below it the cube root loses its digits, and G(t) is t but for its square. */
const NO_SKEWNESS = 1e-6;

/**
 * @param t quantile of Student's t, of either sign
 * @param skewness of the mean: that of the values over √n
 */
export function skewedT(t: number, skewness: number): number {
  const beta = skewness / 6;
  if (Math.abs(beta) < NO_SKEWNESS) return t;
  return (Math.cbrt(1 + 6 * beta * (t - beta)) - 1) / (2 * beta);
}
