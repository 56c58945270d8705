import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { JournalFile } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { workflowContract } from './workflow.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;

workflowContract('the file journal', () => {
  const file = join(folder, `${n++}.jsonl`);
  return {
    async run(body, registry = {}) {
      const journal = new JournalFile(file);
      try {
        return await body(JournalWorkflow.root(journal, 'run/e1', registry, async () => undefined));
      } finally {
        journal.close();
      }
    },
  };
});
