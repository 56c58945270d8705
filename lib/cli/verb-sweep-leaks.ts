import type { Command } from 'commander';
import { leaked, leftovers, type ReapReport } from '../engine/reap-report.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { command, note, paint, printJson, say } from './output.ts';

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('sweep-leaks')
    .description('find everything of the kit in the account that outlived its expiry; --delete ends it')
    .option('--region <region>', 'region to look in; the one that AWS tools use here unless given')
    .option('--run <id>', 'everything of this run, expired or not')
    .option('--delete', 'end what is found; without it nothing is touched')
    .option('--json', 'print what was found as one JSON document')
    .action(async (o: { region?: string; run?: string; delete?: boolean; json?: boolean }) => {
      const scope = o.run === undefined ? ('expired' as const) : { runId: o.run };
      const report = await kit.sweepLeaks({ region: o.region ?? null, scope, delete: o.delete ?? false });
      if (o.json) printJson(report);
      else show(report, o.delete ?? false);
      if (leaked(report) > 0 || report.pending.length > 0) leave(exitCodes.leak);
    });
}

function show(report: ReapReport, deleting: boolean): void {
  for (const { arn, why } of report.deleted) say(`gone: ${arn}: ${why}`);
  const lines = leftovers(report);
  for (const line of lines) note(paint('red', line));
  if (lines.length === 0) say('nothing of the kit outlived its time');
  else if (!deleting && report.pending.length > 0) note(`next: ${command('infersweep sweep-leaks --delete')}`);
}
