import type { Command } from 'commander';
import type { Choice, Recommendation } from '../core/recommend/recommendation.ts';
import { checkConclusions } from '../core/report/conclusions.ts';
import { flipTexts } from '../core/report/sensitivity-text.ts';
import { whyText } from '../core/report/wins-text.ts';
import { CliError } from './cli-error.ts';
import { conclusionLines, conclusionSummary } from './conclusion-lines.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { openEvidenceOrThrow } from './open-evidence.ts';
import { command, printJson, say } from './output.ts';
import { table } from './table.ts';

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('recommend')
    .description('say which configuration wins, by how much, and why each other one loses')
    .argument('[run]', 'run id, run directory, or directory with published.json; the newest run unless given')
    .option('--json', 'print the recommendation as one JSON document')
    .option(
      '--conclusions',
      'instead: what a published document concludes, checked at its own prices and at later ones',
    )
    .action(async (reference: string | undefined, o: { json?: boolean; conclusions?: boolean }) => {
      const { recommendation, published, id } = await openEvidenceOrThrow(kit, reference);
      const checked = published === null ? null : checkConclusions(published);
      if (o.conclusions) {
        if (checked === null) throw new CliError(exitCodes.usage, `${id} is a run: only published documents conclude`);
        if (o.json) return printJson(checked);
        for (const line of conclusionLines(checked)) say(line);
        return;
      }
      if (o.json) printJson(recommendation);
      else {
        for (const line of recommendationLines(recommendation)) say(line);
        if (checked !== null) {
          say();
          say(`${conclusionSummary(checked)}; see: ${command(`infersweep recommend ${reference} --conclusions`)}`);
        }
      }
      leave(recommendation.verdict === 'infeasible' ? exitCodes.sloNotMet : exitCodes.ok);
    });
}

/** The decision and every loser's reason, as a person reads it. */
export function recommendationLines(r: Recommendation): string[] {
  const number = (v: number | null, digits: number) => (v === null ? '-' : v.toFixed(digits));
  const row = (c: Choice) => [
    c.configuration,
    c.instanceType,
    number(c.capacityPerMinute, 0),
    number(c.latencyMs, 1),
    number(c.usdPerHour, 2),
    number(c.usdPerMillion, 3),
  ];
  const best = [...(r.choice ? [r.choice] : []), ...r.ties];
  return [
    r.sentence,
    ...r.warnings.map((w) => `note: ${w}`),
    ...(best.length
      ? [
          '',
          ...table(
            [
              'best',
              'instance',
              'requests/min',
              r.evidence === 'scalar' ? 'latency ms' : `p${r.slo.percentile} ms`,
              'USD/h',
              'USD/million',
            ],
            best.map(row),
            [2, 3, 4, 5],
          ),
        ]
      : []),
    ...(r.sensitivity.length ? ['', ...flipLines(r)] : []),
    ...(r.rejected.length
      ? [
          '',
          ...table(
            ['loses', 'instance', 'why', ''],
            r.rejected.map((x) => [x.configuration, x.instanceType, x.reason, whyText(x)]),
          ),
        ]
      : []),
  ];
}

/** How firm the decision is: what flips it, the nearest change first. */
function flipLines(r: Recommendation): string[] {
  const rows = flipTexts(r).map(({ what, holds, flips, change, winner }) => [what, holds, flips, change, winner]);
  return table(['flips with', 'holds to', 'flips at', 'change', 'then wins'], rows, [1, 2, 3]);
}
