/** The load engine as a process that signs nothing; `bin/load-engine.ts` is the one that can. */
import { runAsProcess } from './load-process.ts';

await runAsProcess(process.argv.slice(2));
