/** One run's journal: executions follow each other in it, and an unfinished one is taken up where it stopped. */
import type { Json, Workflow } from '../../core/ports/workflow.ts';
import { JournalFile } from './journal-file.ts';
import { JournalWorkflow } from './journal-workflow.ts';

type Registered = (w: Workflow, input: Json) => Promise<Json>;

export interface RunJournal {
  /** True when an unfinished execution is being continued. */
  continued: boolean;
  /** Bytes of a torn tail that opening cut off. */
  cutBytes: number;
  run(workflow: string, input: Json): Promise<Json>;
  close(): void;
}

/**
 * Opens the journal. After a crash the last execution is replayed; after one that ended (done, or stopped by Ctrl-C) a new
 * execution starts, which finds the records of what is already done.
 * @throws JournalError when the file is damaged.
 */
export function openRunJournal(
  file: string,
  runId: string,
  registry: Record<string, Registered>,
  wait?: (seconds: number) => Promise<void>,
): RunJournal {
  const journal = new JournalFile(file);
  const executions = journal.entries.filter((e) => e.kind === 'execution').map((e) => e.path);
  const last = executions.at(-1);
  const ended = journal.entries.some((e) => e.path === last && (e.kind === 'done' || e.kind === 'failed'));
  const continued = last !== undefined && !ended;
  const path = continued ? last : `${runId}/e${executions.length + 1}`;
  if (!continued) journal.append({ path, kind: 'execution', attempt: 1 });
  return {
    continued,
    cutBytes: journal.cutBytes,
    async run(workflow, input) {
      const fn = registry[workflow];
      if (!fn) throw new Error(`no workflow "${workflow}" is registered`);
      const value = await fn(JournalWorkflow.root(journal, path, registry, wait), input);
      journal.append({ path, kind: 'done', attempt: 1, value });
      return value;
    },
    close: () => journal.close(),
  };
}
