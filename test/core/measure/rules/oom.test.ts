import { describe, expect, it } from 'vitest';
import { type Ending, inTrouble, oom, oomIn } from '../../../../lib/core/measure/rules/oom.ts';
import { evidenceOf } from '../../../support/evidence.ts';
import { flat, segmentOf } from '../../../support/measurements.ts';

const ending = (o: Partial<Ending> = {}): Ending => ({ state: 'ready', reason: null, log: '', ...o });
const says = 'RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB';

describe('the words for want of memory', () => {
  it.each([
    ['Linux', 'Out of memory: Killed process 4242 (python3) total-vm:9000kB'],
    ['CUDA', 'CUDA error: CUDA_ERROR_OUT_OF_MEMORY'],
    ['torch', 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB'],
    ['torch on a CPU', "[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory: you tried …"],
    ['TensorFlow', 'OOM when allocating tensor with shape[128,512,1024]'],
    ['CPython', 'MemoryError'],
    ['C++', "terminate called after throwing an instance of 'std::bad_alloc'"],
    ['the C library', 'OSError: [Errno 12] Cannot allocate memory'],
    ['ONNX Runtime', 'bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 4294967296'],
    ['ECS', 'OutOfMemoryError: Container killed due to memory usage'],
    ['Kubernetes', 'Last State: Terminated, Reason: OOMKilled, Exit Code: 137'],
    ["the kit's own target", 'server ended with signal SIGKILL, killed by the kernel: out of memory'],
  ])('are known: %s', (_, line) => {
    const found = oomIn({ reason: null, log: `loading\n  ${line}\nbye` });
    expect(found).toMatchObject({ code: 'oom', detail: expect.stringContaining(`(${line})`) });
    expect(oomIn({ reason: line, log: '' })?.detail).toContain(line);
  });

  it.each([
    ['another death', 'server ended with signal SIGKILL'],
    ["gunicorn's guess at any SIGKILL", 'Worker (pid:7) was sent SIGKILL! Perhaps out of memory?'],
    ['memory as such', 'allocated 512 MiB of memory for the arena'],
    ['a word that holds it', 'zoom whenever bad_allocation'],
    ['nothing', ''],
  ])('are not taken for %s', (_, line) => {
    expect(oomIn({ reason: line, log: line })).toBeNull();
  });

  it('are cut where a line is endless', () => {
    expect(oomIn({ reason: null, log: `MemoryError ${'x'.repeat(5000)}` })!.detail.length).toBeLessThan(400);
  });
});

describe('a server that says so', () => {
  const good = segmentOf();
  const died = segmentOf({ aborted: 'server-died' });
  const failing = segmentOf({ good: 290, errors: { 'http-5xx': 10 }, latency: flat(20, 290, 10) });

  it.each([
    ['died under load', [[good], [died]], ending({ state: 'gone', log: says })],
    ['failed, as its target knows', [[good]], ending({ state: 'failed', reason: says })],
    ['fails its requests from the lowest load on', [[failing], [good]], ending({ log: says })],
  ])('ran out of it where it %s', (_, stairs, end) => {
    expect(oom(evidenceOf(stairs, { ending: end }))).toMatchObject({ code: 'oom' });
  });

  it.each([
    ['fares well: builders of engines try what does not fit', [[good]], ending({ log: says })],
    ['fails only at a load beyond its capacity', [[good], [failing]], ending({ log: says })],
    ['died of something else', [[died]], ending({ state: 'failed', reason: 'exit code 1', log: 'Segmentation fault' })],
    ['died, and nobody knows of what', [[died]], null],
  ])('is not said to where it %s', (_, stairs, end) => {
    expect(oom(evidenceOf(stairs, { ending: end }))).toBeNull();
  });
});

it.each([
  [true, { aborted: 'server-died' }],
  [true, { errors: { 'http-5xx': 1 } }],
  [true, { errors: { connect: 1 } }],
  [true, { errors: { reset: 1 } }],
  [false, { errors: { 'http-4xx': 5, timeout: 3, reset: 0 } }],
  [false, { aborted: 'stopped' }],
  [false, {}],
] as const)('it is %s that %j is trouble', (expected, o) => {
  expect(inTrouble([segmentOf(), segmentOf(o)])).toBe(expected);
});
