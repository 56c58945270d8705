import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { reportCsv } from '../core/report/csv.ts';
import { reportMarkdown } from '../core/report/markdown.ts';
import { reportRows } from '../core/report/row.ts';
import { decide } from './conclude.ts';
import type { Kit } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { note, printJson, say } from './output.ts';

type Format = 'html' | 'md' | 'csv' | 'json';

export function register(program: Command, kit: Kit): void {
  program
    .command('report')
    .description('write what a run found: one offline HTML file, or a table for elsewhere')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .addOption(new Option('--format <name>', 'what to write').choices(['html', 'md', 'csv', 'json']).default('html'))
    .option('--output <file>', 'where to; html goes into the run, the others to stdout unless given')
    .action(async (reference: string | undefined, o: { format: Format; output?: string }) => {
      const { run, plan } = await openRunOrThrow(kit, reference);
      const measurements = await run.records.list();
      const recommendation = decide(plan, measurements);
      if (o.format === 'json' && o.output === undefined)
        return printJson({
          recommendation,
          rows: reportRows(recommendation, measurements, plan.baseline ?? undefined),
        });
      const text = await render(o.format);
      if (o.output === undefined && o.format !== 'html') return say(text.trimEnd());
      const file = o.output ?? join(run.folder, 'report.html');
      writeFileSync(file, text);
      note(`wrote ${file}`);

      async function render(format: Format): Promise<string> {
        const rows = reportRows(recommendation, measurements, plan.baseline ?? undefined);
        if (format === 'md') return reportMarkdown(recommendation, rows);
        if (format === 'csv') return reportCsv(recommendation, measurements);
        if (format === 'json') return `${JSON.stringify({ recommendation, rows }, null, 2)}\n`;
        const experimentText = (await run.store.get('experiment.yaml')) ?? '';
        return kit.report({ recommendation, measurements, plan, experimentText, generatedAt: kit.now().toISOString() });
      }
    });
}
