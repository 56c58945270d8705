// A controller's task of the loopback AWS: the container's own program, in a process that waits by moving the clock there,
// and that kills itself with SIGKILL at its n-th journal write.
// node mortal-aws-task.mjs POSITION before|after RUN NUMBER    (position 0: never)
import { main } from '../../../dist/lambda/controller-task.js';
import { dieAtWrite } from '../dies-at-write.mjs';
import { wait } from './moves-clock.mjs';

const [position, side, ...args] = process.argv.slice(2);
dieAtWrite(position, side);
process.exitCode = await main(args, wait);
