// The kit's own composition, in a process that kills itself with SIGKILL at its n-th journal write, and that waits less.
// node mortal-controller.mjs POSITION before|after VERB ARGS…    (position 0: never)
import { JournalFile } from '../../dist/lib/local/journal/journal-file.js';
import { JournalWorkflow } from '../../dist/lib/local/journal/journal-workflow.js';
import { main } from '../../dist/lib/cli/program.js';
import { compose } from '../../dist/bin/compose.js';

const [position, side, ...args] = process.argv.slice(2);
const append = JournalFile.prototype.append;
let writes = 0;
JournalFile.prototype.append = function (entry) {
  writes++;
  const here = writes === Number(position);
  if (here && side === 'before') process.kill(process.pid, 'SIGKILL');
  append.call(this, entry);
  if (here && side === 'after') process.kill(process.pid, 'SIGKILL');
};
// A second of a poll's pause only makes the suite slow; every pause is still taken.
const root = JournalWorkflow.root;
JournalWorkflow.root = (journal, path, registry) =>
  root.call(JournalWorkflow, journal, path, registry, (seconds) => new Promise((r) => setTimeout(r, seconds * 250)));
if (process.env.CLOCK_JUMP_MS) {
  const Real = Date;
  const jump = () => (writes > 10 ? Number(process.env.CLOCK_JUMP_MS) : 0);
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length > 0 ? args : [Real.now() + jump()]));
    }
    static now() {
      return Real.now() + jump();
    }
  };
}
process.exitCode = await main('0.0.0', async () => compose('0.0.0'), args);
