// The kit's own composition, in a process that kills itself with SIGKILL at its n-th journal write, and that waits less.
// node mortal-controller.mjs POSITION before|after VERB ARGS…    (position 0: never)
import { JournalWorkflow } from '../../dist/lib/local/journal/journal-workflow.js';
import { main } from '../../dist/lib/cli/program.js';
import { compose } from '../../dist/bin/compose.js';
import { dieAtWrite } from './dies-at-write.mjs';

const [position, side, ...args] = process.argv.slice(2);
const counted = dieAtWrite(position, side);
// A second of a poll's pause only makes the suite slow; every pause is still taken.
const root = JournalWorkflow.root;
JournalWorkflow.root = (journal, path, registry) =>
  root.call(JournalWorkflow, journal, path, registry, (seconds) => new Promise((r) => setTimeout(r, seconds * 250)));
if (process.env.CLOCK_JUMP_MS) {
  const Real = Date;
  const jump = () => (counted.writes > 10 ? Number(process.env.CLOCK_JUMP_MS) : 0);
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
