import { always } from '../charge.ts';
import { numberOf, Unresolved } from '../resolve.ts';
import { isPlain } from '../template.ts';
import { free, listOf, type Pricer, standing, unknown, usage } from './pricer.ts';

/** Below this period, in seconds, an alarm is of high resolution. */
const STANDARD_PERIOD_SECONDS = 60;

/** Charged for each metric that it watches; the account's first ten are free, which no template can know. */
export const alarm: Pricer = (view) => {
  const { properties } = view;
  if (properties['ThresholdMetricId'] !== undefined) return [unknown('an anomaly alarm: no sourced price is known')];
  const queries = listOf(properties['Metrics']).flatMap((m) =>
    isPlain(m) && isPlain(m['MetricStat']) ? [m['MetricStat']] : [],
  );
  const periods = queries.length
    ? queries.map((stat) => stat['Period'])
    : [properties['Period'] ?? STANDARD_PERIOD_SECONDS];
  const seconds = periods.map((period) => numberOf(period));
  const gap = seconds.find((s) => s instanceof Unresolved);
  if (gap) return [unknown(`alarm period: ${gap.reason}`)];
  const fast = seconds.some((s) => (s as number) < STANDARD_PERIOD_SECONDS);
  const count = seconds.length;
  const what = `${fast ? 'high-resolution' : 'standard'} alarm on ${count} metric${count === 1 ? '' : 's'}`;
  return [standing(view, fast ? 'alarm-high-resolution' : 'alarm-standard', what, always(count))];
};

export const compositeAlarm: Pricer = (view) => [standing(view, 'alarm-composite', 'composite alarm')];

export const dashboard: Pricer = (view) => {
  const charge = standing(view, 'dashboard', 'dashboard');
  return [{ ...charge, note: "the account's first three are free, if it has no others" } as typeof charge];
};

export const logGroup: Pricer = (view) => [usage(view, 'logs-ingested'), usage(view, 'logs-stored')];

export const metricFilter: Pricer = (view) => [usage(view, 'custom-metric')];

/** Target tracking makes an alarm to scale out and one to scale in, outside the stack; other policies name their own. */
export const scalingPolicy: Pricer = (view) => {
  const tracking = Object.entries(view.properties).find(([key]) => key.startsWith('TargetTracking'))?.[1];
  if (tracking === undefined) return [free('no charge for a policy')];
  const fast = JSON.stringify(tracking).includes('HighResolution');
  const what = `two ${fast ? 'high-resolution' : 'standard'} alarms that target tracking makes`;
  return [standing(view, fast ? 'alarm-high-resolution' : 'alarm-standard', what, always(2))];
};
