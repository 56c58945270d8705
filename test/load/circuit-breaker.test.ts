import { expect, test } from 'vitest';
import { CircuitBreaker, PATIENT, PROBE } from '../../lib/load/circuit-breaker.ts';

function fail(breaker: CircuitBreaker, times: number, now: number): void {
  for (let i = 0; i < times; i++) breaker.settled(i % 2 === 0 ? 'connect' : 'reset', now);
}

test('trips after 3 s of silence and 20 failures in a row, not before', () => {
  const breaker = new CircuitBreaker(PATIENT, 0);
  fail(breaker, 19, 2999);
  expect(breaker.tripped(3500)).toBe(false);
  fail(breaker, 1, 3500);
  expect(breaker.tripped(2999)).toBe(false);
  expect(breaker.tripped(3000)).toBe(true);
});

test('a good answer starts both over; a bad one shows a living server', () => {
  const breaker = new CircuitBreaker(PATIENT, 0);
  fail(breaker, 30, 5000);
  breaker.settled('http-5xx', 5001);
  expect(breaker.tripped(9000)).toBe(false);
  fail(breaker, 20, 9000);
  expect(breaker.tripped(9000)).toBe(true);
  breaker.settled('ok', 9001);
  fail(breaker, 20, 9002);
  expect(breaker.tripped(12_000)).toBe(false);
});

test('a probe gives up early, unless the server is back', () => {
  const gone = new CircuitBreaker(PROBE, 0);
  fail(gone, 3, 100);
  expect(gone.tripped(200)).toBe(true);
  const back = new CircuitBreaker(PROBE, 0);
  back.settled('ok', 10);
  fail(back, 3, 100);
  expect(back.tripped(300)).toBe(false);
});
