// The kit's own composition against the loopback AWS, in a process that waits by moving the clock there, and that kills
// itself with SIGKILL at its n-th journal write.
// node mortal-aws-controller.mjs POSITION before|after VERB ARGS…    (position 0: never)
import { compose } from '../../../dist/bin/compose.js';
import { main } from '../../../dist/lib/cli/program.js';
import { JournalWorkflow } from '../../../dist/lib/local/journal/journal-workflow.js';
import { dieAtWrite } from '../dies-at-write.mjs';
import { wait } from './moves-clock.mjs';

const [position, side, ...args] = process.argv.slice(2);
dieAtWrite(position, side);
const root = JournalWorkflow.root;
JournalWorkflow.root = (journal, path, registry) => root.call(JournalWorkflow, journal, path, registry, wait);
process.exitCode = await main('0.0.0', async () => compose('0.0.0', wait), args);
