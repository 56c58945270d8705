/** The head of the report: the decision in a sentence, the figures behind it, and what must be known before trusting it. */
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { ms, number, percentileName, usd } from '../core/report/wording.ts';
import { escapeHtml } from './escape-html.ts';

export function answerSection(recommendation: Recommendation): string {
  const { experiment, verdict, sentence, warnings } = recommendation;
  const facts = factsOf(recommendation);
  const list = warnings.map((w) => `<li>${escapeHtml(w)}</li>`).join('');
  return (
    `<header id="answer"><p class="kicker">infersweep · ${escapeHtml(experiment)} <span class="badge ${verdict}">${verdict}</span></p>` +
    `<h1>${escapeHtml(sentence)}</h1>` +
    `<dl class="facts">${facts.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>` +
    `${list === '' ? '' : `<ul class="warnings">${list}</ul>`}</header>`
  );
}

function factsOf({ choice, slo, margin, fleet, scaling, demand }: Recommendation): [string, string][] {
  const limit: [string, string] = ['Objective', `${percentileName(slo.percentile)} ≤ ${ms(slo.latencyMs)}`];
  if (choice === null) return [limit];
  const facts: [string, string | null][] = [
    limit,
    ['Latency', ms(choice.latencyMs)],
    ['Margin to the limit', margin.percent === null ? null : `${number(margin.percent)} %`],
    ['Capacity per instance', choice.capacityPerMinute === null ? null : `${number(choice.capacityPerMinute / 60)} /s`],
    ['Per million', choice.usdPerMillion === null ? null : `${usd(choice.usdPerMillion)} USD`],
    ['Demand', demand === null ? null : `${number(demand.requestsPerMinute)} /min`],
    ['Fleet at capacity', fleetText(fleet.atCapacity)],
    ['Fleet to deploy', fleetText(fleet.atTarget)],
    ['Scaling target', scaling === null ? null : `${number(scaling.targetValue)} /min each`],
    ['Instances, min to max', scaling === null ? null : `${scaling.minCapacity} to ${scaling.maxCapacity}`],
  ];
  return facts.filter((f): f is [string, string] => f[1] !== null);
}

function fleetText({ instances, usdPerHour }: Recommendation['fleet']['atCapacity']): string | null {
  if (instances === null) return null;
  return usdPerHour === null ? `${instances}` : `${instances} · ${usd(usdPerHour)} USD/h`;
}
