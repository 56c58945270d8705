/** The thread behind `Ticker`: computes the same schedule as the main thread and sleeps from one due time to the next. */
import { parentPort, workerData } from 'node:worker_threads';
import { createSchedule } from '../core/load/schedule.ts';
import { nowMs } from './monotonic.ts';
import { FLOOR_MS, leadMs, PENDING, STOPPED, type TickOrder } from './ticker.ts';

const control = workerData as Int32Array<SharedArrayBuffer>;
const port = parentPort!;

function drive(order: TickOrder): void {
  const { shape, seed, share, startMs, endMs, run } = order;
  const schedule = createSchedule(shape, seed, share);
  const lead = leadMs(order);
  let index = 0;
  let dueMs = startMs + schedule.offsetMs(0);
  while (dueMs < endMs) {
    // The wait compares with the value read here, so a stop between the two ends it at once.
    const stopped = Atomics.load(control, STOPPED);
    if (stopped >= run) return;
    const now = nowMs();
    if (dueMs - lead > now) {
      Atomics.wait(control, STOPPED, stopped, dueMs - lead - now);
      continue;
    }
    // One message at a time: a busy main thread takes everything that is due when it comes to it.
    if (Atomics.exchange(control, PENDING, 1) === 0) port.postMessage(0);
    // Only what was due at the time read *before* the message: later ones may have been missed by its receiver.
    while (dueMs < endMs && dueMs - lead <= now) dueMs = startMs + schedule.offsetMs(++index);
    if (lead === 0) Atomics.wait(control, STOPPED, stopped, FLOOR_MS);
  }
}

port.on('message', drive);
port.postMessage('ready');
