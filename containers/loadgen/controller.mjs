/** Entry of the same image as the controller of a run; what it does is in `lambda/controller-task.ts`. */
import { main } from './controller-task.js';

process.exitCode = await main(process.argv.slice(2));
