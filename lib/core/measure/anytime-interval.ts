/**
 * 95 % confidence interval of a mean that holds at every number of values at once, so that it may be looked at after each of
 * them and stopped at will, and for values that resemble their predecessors: normal ones of any first-order autoregression with
 * a correlation ρ of 0 to 0.5, neither ρ nor the spread known.
 *
 * A mean μ is left out when the values are twenty times as likely under a mixture of other means as under μ with whatever
 * correlation suits it best. For the true correlation that ratio is a test martingale, since both sides weigh all spreads by
 * the Haar measure, and the best correlation only makes it smaller; by Ville's inequality it ever reaches 1/α with probability
 * α at most. T. L. Lai, "On Confidence Sequences", Annals of Statistics 4(2), 265-280 (1976), with all means weighed alike;
 * with normal ones: H. Wang, A. Ramdas, "Anytime-Valid t-Tests and Confidence Sequences for Gaussian Means with Unknown
 * Variance", arXiv:2310.03722 (2023); that a Bayes factor with the right Haar prior is a test martingale: M. F. Pérez-Ortiz, T.
 * Lardy, R. de Heide, P. D. Grünwald, "E-statistics, group invariance and anytime-valid testing", Annals of Statistics 52(4),
 * 1410-1432 (2024); the maximum over what is not known: L. Wasserman, A. Ramdas, S. Balakrishnan, "Universal inference", PNAS
 * 117(29), 16880-16890 (2020).
 *
 * With d = x - μ the innovations are e₁ = √(1 - ρ²) d₁ and eᵢ = dᵢ - ρ dᵢ₋₁. A = Σe², B and C are Σ e w and Σ w² with the
 * weights w of a shift of all d by one. The likelihood of μ is √(1 - ρ²) A^(-n/2); that of means around it, normal with g times
 * the variance of an innovation, √(1 - ρ²) (1 + g C)^(-1/2) (A - B² / (C + 1/g))^(-n/2).
 */
import { type Interval, mean } from './batch-means.ts';
import { bisect } from './bisect.ts';

const ALPHA = 0.05;
/**
 * Variance g of the means that are mixed. It decides where the interval is narrowest, not whether it holds: 4 suits a difference
 * of twice the spread, which is one of 10 % between windows that scatter by 5 %.
 */
const PRIOR = 4;
/** For which the interval holds. */
const MOST_CORRELATION = 0.5;
/** Mixed in equal parts. */
const CORRELATIONS = [0, MOST_CORRELATION / 2, MOST_CORRELATION];
/** Of what a limit is sought in: to less than a ten-millionth of its distance. */
const HALVINGS = 24;
/** Of the correlations: to a millionth, which no likelihood notices. */
const CORRELATION_HALVINGS = 20;
/** How often the spread is doubled in search of a mean that is excluded. */
const DOUBLINGS = 32;

/** What the likelihoods need to know of the values. */
interface Sums {
  n: number;
  first: number;
  last: number;
  sum: number;
  squares: number;
  /** Of neighbours. */
  products: number;
}

/** @returns null for so few values that no mean can be excluded: fewer than five. */
export function anytimeInterval(values: readonly number[]): Interval | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const sums = sumsOf(values.map((v) => v - centre));
  const spread = Math.sqrt(sums.squares / values.length);
  if (spread === 0) return excluded(sums, 1) ? { low: centre, high: centre } : null;
  const below = limit(sums, -spread);
  const above = limit(sums, spread);
  return below === null || above === null ? null : { low: centre + below, high: centre + above };
}

/** Where means begin to be excluded in the direction of `step`; null when none is. */
function limit(sums: Sums, step: number): number | null {
  let outside = step;
  for (let i = 0; i < DOUBLINGS && !excluded(sums, outside); i++) outside *= 2;
  if (!excluded(sums, outside)) return null;
  return outside * bisect((share) => (excluded(sums, share * outside) ? 1 : 0), 0.5, 0, 1, HALVINGS);
}

function excluded(sums: Sums, mu: number): boolean {
  return logEvidence(shifted(sums, mu)) >= -Math.log(ALPHA);
}

/** Logarithm of how many times likelier other means are than 0. */
function logEvidence(sums: Sums): number {
  const best = likeliest(sums);
  const against = logLikelihood(best, innovations(sums, best), sums.n);
  const ratios = CORRELATIONS.map((rho) => {
    const c = 1 - rho * rho + (sums.n - 1) * (1 - rho) ** 2;
    const { sum, first, last } = sums;
    const b = (1 - rho * rho) * first + (1 - rho) * (sum - first - rho * (sum - last));
    const left = innovations(sums, rho) - (b * b) / (c + 1 / PRIOR);
    return Math.exp(logLikelihood(rho, left, sums.n) - Math.log(1 + PRIOR * c) / 2 - against);
  });
  return Math.log(mean(ratios));
}

/** The correlation under which values around 0 are likeliest: where the derivative of their logarithm, times -A (1 - ρ²), is 0. */
function likeliest({ n, first, last, squares, products }: Sums): number {
  const inner = squares - first * first - last * last;
  const slope = (rho: number) =>
    rho * (squares - 2 * rho * products + rho * rho * inner) + n * (rho * inner - products) * (1 - rho * rho);
  return bisect(slope, 0, 0, MOST_CORRELATION, CORRELATION_HALVINGS);
}

function logLikelihood(rho: number, innovations: number, n: number): number {
  return Math.log(1 - rho * rho) / 2 - (n / 2) * Math.log(innovations);
}

function innovations({ first, last, squares, products }: Sums, rho: number): number {
  return squares - 2 * rho * products + rho * rho * (squares - first * first - last * last);
}

function sumsOf(values: readonly number[]): Sums {
  return {
    n: values.length,
    first: values[0]!,
    last: values.at(-1)!,
    sum: values.reduce((sum, v) => sum + v, 0),
    squares: values.reduce((sum, v) => sum + v * v, 0),
    products: values.slice(1).reduce((sum, v, i) => sum + v * values[i]!, 0),
  };
}

/** Of the same values less `mu`. */
function shifted({ n, first, last, sum, squares, products }: Sums, mu: number): Sums {
  return {
    n,
    first: first - mu,
    last: last - mu,
    sum: sum - n * mu,
    squares: squares - 2 * mu * sum + n * mu * mu,
    products: products - mu * (2 * sum - first - last) + (n - 1) * mu * mu,
  };
}
