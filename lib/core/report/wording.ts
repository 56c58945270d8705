/** Numbers as people read them: three significant digits, thousands apart, units said. */

/** `812`, `31.4`, `0.118`, `30,000`; a rounding never turns a value into another side of a limit it is compared with. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return thousands(Math.round(value));
  if (magnitude === 0) return '0';
  return String(Number(value.toPrecision(3)));
}

function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function ms(value: number | null): string {
  return value === null ? '–' : `${number(value)} ms`;
}

/** Dollars keep their cents, and less than one the hundredths of a cent that it has. */
export function usd(value: number | null): string {
  if (value === null) return '–';
  if (value >= 1000) return thousands(Math.round(value));
  return value >= 1 ? value.toFixed(2) : value.toFixed(4).replace(/0{1,2}$/, '');
}

/** `p95`, `p99.9`. */
export function percentileName(percentile: number): string {
  return `p${percentile}`;
}

export function percent(share: number): string {
  return `${number(share * 100)} %`;
}
