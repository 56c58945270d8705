import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { reportCsv } from '../core/report/csv.ts';
import { reportMarkdown } from '../core/report/markdown.ts';
import { reportRows } from '../core/report/row.ts';
import type { Kit } from './kit.ts';
import { openEvidenceOrThrow } from './open-evidence.ts';
import { note, printJson, say } from './output.ts';

type Format = 'html' | 'md' | 'csv' | 'json';

export function register(program: Command, kit: Kit): void {
  program
    .command('report')
    .description('write what a run found: one offline HTML file, or a table for elsewhere')
    .argument('[run]', 'run id, run directory, or directory with published.json; the newest run unless given')
    .addOption(new Option('--format <name>', 'what to write').choices(['html', 'md', 'csv', 'json']).default('html'))
    .option(
      '--output <file>',
      'where to; else html goes into the run (of published figures: into the working directory), the others to stdout',
    )
    .action(async (reference: string | undefined, o: { format: Format; output?: string }) => {
      const evidence = await openEvidenceOrThrow(kit, reference);
      const { recommendation, measurements, plan, baseline, text: experimentText } = evidence;
      if (o.format === 'json' && o.output === undefined)
        return printJson({
          recommendation,
          rows: reportRows(recommendation, measurements, baseline),
        });
      const text = await render(o.format);
      if (o.output === undefined && o.format !== 'html') return say(text.trimEnd());
      const file =
        o.output ?? (evidence.folder === null ? `${evidence.id}-report.html` : join(evidence.folder, 'report.html'));
      writeFileSync(file, text);
      note(`wrote ${file}`);

      async function render(format: Format): Promise<string> {
        const rows = reportRows(recommendation, measurements, baseline);
        if (format === 'md') return reportMarkdown(recommendation, rows);
        if (format === 'csv') return reportCsv(recommendation, measurements);
        if (format === 'json') return `${JSON.stringify({ recommendation, rows }, null, 2)}\n`;
        const generatedAt = kit.now().toISOString();
        return kit.report({ recommendation, measurements, plan, experimentText, generatedAt, baseline });
      }
    });
}
