import { type Command, InvalidArgumentError } from 'commander';
import { GateError, gate } from '../core/compare/gate.ts';
import { gateMarkdown } from '../core/compare/gate-markdown.ts';
import { type GateRule, parseGate } from '../core/compare/gate-rule.ts';
import { compareRuns, type Side } from '../core/report/comparison.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { type Evidence, openEvidenceOrThrow } from './open-evidence.ts';
import { note, printJson, say } from './output.ts';
import { table } from './table.ts';

interface Options {
  gate: GateRule[];
  configuration?: string;
  json?: boolean;
}

const rule = (text: string, before: GateRule[]) => {
  const parsed = parseGate(text);
  if (!parsed.ok) throw new InvalidArgumentError(`\n  ${parsed.problem}`);
  return [...before, parsed.rule];
};

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('compare')
    .description('put two runs side by side, configuration by configuration, or hold them to a gate')
    .argument('<base>', 'run id, run directory, or directory with published.json')
    .argument('<head>', 'run id, run directory, or directory with published.json')
    .option(
      '--gate <rule>',
      'end with 5 when head is proven worse, and print a comment in Markdown: usdPerMillion=+5%@95; repeatable',
      rule,
      [],
    )
    .option('--configuration <name>', 'with --gate: the same configuration of both, instead of the choice of each')
    .option('--json', 'print the comparison as one JSON document')
    .action(async (base: string, head: string, o: Options) => {
      const [before, after] = await Promise.all([base, head].map((r) => openEvidenceOrThrow(kit, r)));
      if (o.gate.length > 0) return leave(hold(before!, after!, o));
      if (o.configuration !== undefined)
        throw new CliError(
          exitCodes.usage,
          '--configuration goes with --gate',
          `infersweep compare ${base} ${head} --gate throughput=-5%@95 --configuration ${o.configuration}`,
        );
      const rows = compareRuns(before!.recommendation, after!.recommendation);
      if (o.json) return printJson({ base: before!.id, head: after!.id, rows });
      const cell = (side: Side | null) =>
        side === null ? 'absent' : side.capacityPerMinute === null ? side.standing : side.capacityPerMinute.toFixed(0);
      const times = (ratio: number | null) => (ratio === null ? '-' : `${ratio.toFixed(2)} ×`);
      const lines = table(
        ['configuration', 'instance', 'base req/min', 'head req/min', 'capacity', 'latency'],
        rows.map((r) => [
          r.configuration,
          r.instanceType,
          cell(r.base),
          cell(r.head),
          times(r.capacityRatio),
          times(r.latencyRatio),
        ]),
        [2, 3, 4, 5],
      );
      for (const line of lines) say(line);
      note('capacity, latency: head over base');
    });
}

function hold(base: Evidence, head: Evidence, { gate: rules, configuration, json }: Options): number {
  try {
    const result = gate(rules, base, head, configuration ?? null);
    if (json) printJson(result);
    else say(gateMarkdown(result).trimEnd());
    return result.passed ? exitCodes.ok : exitCodes.sloNotMet;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    throw new CliError(exitCodes.usage, error.message, `infersweep compare ${base.id} ${head.id}`);
  }
}
