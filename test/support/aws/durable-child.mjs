// One durable execution of the deployed bundle under the testing package, in a process of its own and in real time.
// node durable-child.mjs SCALE EVENT    (a second of the function's waits is 1/SCALE here; Node 22 or later)
// The last line of stdout is { status, result, error }.
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { openPorts, sweepFunction } from '../../../dist/lambda-bundles/sweep/index.mjs';

const [scale, event] = process.argv.slice(2);
await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
const scaleSeconds = (seconds) => seconds / Number(scale);
const handlerFunction = sweepFunction(openPorts, process.env, { scaleSeconds });
const ended = await new LocalDurableTestRunner({ handlerFunction }).run({ payload: JSON.parse(event) });
const status = ended.getStatus();
const result = status === 'SUCCEEDED' ? ended.getResult() : null;
const error = status === 'SUCCEEDED' ? null : (ended.getError()?.errorMessage ?? status);
process.stdout.write(`\n${JSON.stringify({ status, result, error })}\n`, () => process.exit(0));
