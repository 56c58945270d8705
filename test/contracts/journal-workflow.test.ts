import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Journal, JournalError, JournalFile } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { Crash, workflowContract } from './workflow.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;

workflowContract('the file journal', () => {
  const file = join(folder, `${n++}.jsonl`);
  let die = (_: Error) => {};
  let dead = false;
  return {
    async crash() {
      dead = true;
      die(new Crash('the process died'));
      return new Promise(() => undefined);
    },
    async run(body, registry = {}) {
      const journal = new JournalFile(file);
      dead = false;
      const died = new Promise<never>((_, reject) => {
        die = reject;
      });
      const mortal: Journal = {
        entries: journal.entries,
        append(entry) {
          if (dead) throw new JournalError('dead');
          journal.append(entry);
        },
      };
      try {
        return await Promise.race([
          died,
          body(JournalWorkflow.root(mortal, 'run/e1', registry, async () => undefined)),
        ]);
      } finally {
        journal.close();
      }
    },
  };
});
