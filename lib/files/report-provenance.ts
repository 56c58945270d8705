/** What has to be known to repeat the experiment: spec, versions, prices and their dates, what never ran. */
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import { usd } from '../core/report/wording.ts';
import { escapeHtml } from './escape-html.ts';

export function provenance(
  plan: Plan | null,
  measurements: readonly Measurement[],
  experimentText: string,
  generatedAt: string,
): string {
  const facts: [string, string][] = [
    ['Report written', generatedAt],
    ...(plan === null ? [] : planFacts(plan)),
    ['Measurements', originsText(measurements)],
    ['Measured', period(measurements)],
    ['Prices', pricesText(measurements)],
    ...versions(measurements),
  ];
  const list = facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  const spec = experimentText === '' ? '' : specText(experimentText);
  return `<dl class="versions">${list}</dl>${skipped(plan)}${spec}`;
}

/** Longer ones are folded away: an experiment is a page, a published document a hundred. */
const MAX_LINES = 60;

function specText(text: string): string {
  const lines = text.trimEnd().split('\n').length;
  const pre = `<pre tabindex="0" aria-label="The document as it was written">${escapeHtml(text)}</pre>`;
  if (lines <= MAX_LINES) return `<h3>Experiment</h3>${pre}`;
  return `<details><summary>The document, ${lines} lines</summary>${pre}</details>`;
}

function planFacts({ kitVersion, experimentSha256, region, load }: Plan): [string, string][] {
  const windows = `${load.rounds} × ${load.windowSeconds} s, of which ${load.dropSeconds} s not measured; ${load.repeats === 1 ? 'no repeats' : `${load.repeats} repeats`}`;
  return [
    ['Planned by infersweep', kitVersion],
    ['Experiment SHA-256', experimentSha256],
    ...(region === null ? [] : [['Region', region] as [string, string]]),
    ['Load', `${load.stairs.map((s) => s.id).join(', ')}; ${windows}; seed ${load.seed}`],
  ];
}

function originsText(measurements: readonly Measurement[]): string {
  const origins = [...new Set(measurements.map((m) => m.origin))];
  return origins.map((o) => `${measurements.filter((m) => m.origin === o).length} ${o}`).join(', ') || 'none';
}

function period(measurements: readonly Measurement[]): string {
  const times = measurements.flatMap((m) => (m.startedAt === null ? [] : [m.startedAt])).sort();
  if (times.length === 0) return 'not stated';
  return times.length === 1 ? times[0]! : `${times[0]} to ${times.at(-1)}`;
}

/** Prices are facts of a day and a place; a row without one says why. */
function pricesText(measurements: readonly Measurement[]): string {
  const known = measurements.flatMap(({ price, configuration }) =>
    price === null
      ? []
      : [
          `${configuration.instanceType} ${usd(price.usdPerHour)} USD/h (${price.region}, ${price.date}, ${price.source})`,
        ],
  );
  const notes = measurements.flatMap((m) => (m.price === null && m.priceNote !== null ? [m.priceNote] : []));
  return [...new Set([...known, ...notes])].join('; ') || 'none';
}

/** Every value that any measurement ran with; more than one is worth seeing. */
function versions(measurements: readonly Measurement[]): [string, string][] {
  const values = new Map<string, Set<string>>();
  for (const m of measurements) {
    for (const [name, value] of Object.entries(m.versions))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  return [...values].map(([name, set]) => [name, [...set].join(', ')]);
}

function skipped(plan: Plan | null): string {
  if (plan === null || plan.skipped.length === 0) return '';
  const rows = plan.skipped.map((s) => {
    const rule = s.rule === null ? '' : ` (${s.rule})`;
    const fix = s.fix === null ? '' : `: ${s.fix}`;
    return `<li>${escapeHtml(`${s.configuration} on ${s.instanceType}: skipped:${s.code}${rule}${fix}`)}</li>`;
  });
  return `<details><summary>${rows.length} configurations were skipped</summary><ul>${rows.join('')}</ul></details>`;
}
