/** What every carrier of the `Workflow` port must do. One suite, run against all of them. */
import { describe, expect, it } from 'vitest';
import type { Json, Workflow } from '../../lib/core/ports/workflow.ts';

export type Body = (w: Workflow) => Promise<Json>;

/** One execution that survives its process: `run` may be called again and continues where the last call broke off. */
export interface Execution {
  /** The process dies here, wherever that is: `run` rejects, nothing of this life becomes durable any more. */
  crash(): Promise<never>;
  run(body: Body, registry?: Record<string, (w: Workflow, input: Json) => Promise<Json>>): Promise<Json>;
}

/** A death of the process between two operations of the root scope. */
export class Crash extends Error {}

export function workflowContract(name: string, open: () => Execution): void {
  describe(`Workflow on ${name}`, () => {
    it('runs a step once and answers a replay from memory', async () => {
      const x = open();
      let bodies = 0;
      let crashed = false;
      const body: Body = async (w) => {
        const a = await w.step('a', async () => ++bodies);
        if (!crashed) {
          crashed = true;
          throw new Crash('between steps');
        }
        return (await w.step('b', async () => bodies + 10)) + a;
      };
      await expect(x.run(body)).rejects.toThrow();
      expect(await x.run(body)).toBe(12);
      expect(bodies).toBe(1);
    });

    it('derives nested paths and gives them to steps', async () => {
      const seen: string[] = [];
      await open().run(async (w) => {
        await w.map('m', ['x', 'y'], { concurrency: 1, key: (i) => i }, async (scope) => {
          seen.push(await scope.step('s', async ({ path }) => path));
          return null;
        });
        return null;
      });
      expect(seen.map((p) => p.split('/').slice(-3).join('/'))).toEqual(['m/x/s', 'm/y/s']);
    });

    it('retries a step, then gives up with the last message', async () => {
      let tries = 0;
      const flaky = (limit: number) => async () => {
        tries++;
        if (tries < limit) throw new Error(`try ${tries}`);
        return tries;
      };
      expect(await open().run((w) => w.step('s', flaky(3), { retry: { attempts: 3, firstSeconds: 1 } }))).toBe(3);
      tries = 0;
      await expect(
        open().run((w) => w.step('s', flaky(9), { retry: { attempts: 2, firstSeconds: 1 } })),
      ).rejects.toThrow('try 2');
    });

    it('does not retry a step without a retry rule', async () => {
      let tries = 0;
      await expect(
        open().run((w) =>
          w.step('s', async () => {
            tries++;
            throw new Error('no');
          }),
        ),
      ).rejects.toThrow('no');
      expect(tries).toBe(1);
    });

    it('remembers a failure across a replay', async () => {
      const x = open();
      let tries = 0;
      let crashed = false;
      const body: Body = async (w) => {
        const message = await w
          .step('s', async () => {
            tries++;
            throw new Error('broken');
          })
          .catch((e: Error) => e.message);
        if (!crashed) {
          crashed = true;
          throw new Crash('later');
        }
        return message;
      };
      await expect(x.run(body)).rejects.toThrow();
      expect(await x.run(body)).toBe('broken');
      expect(tries).toBe(1);
    });

    it('polls with the last state until next says done', async () => {
      const seen: (number | null)[] = [];
      const end = await open().run((w) =>
        w.poll<number>(
          'p',
          async (last) => {
            seen.push(last);
            return (last ?? 0) + 1;
          },
          (s, attempt) => {
            expect(attempt).toBe(s);
            return s >= 3 ? { done: true } : { waitSeconds: 1 };
          },
        ),
      );
      expect(end).toBe(3);
      expect(seen).toEqual([null, 1, 2]);
    });

    it('ends a poll at the first throw of its check', async () => {
      let looks = 0;
      await expect(
        open().run((w) =>
          w.poll<number>(
            'p',
            async () => {
              looks++;
              throw new Error('blind');
            },
            () => ({ waitSeconds: 1 }),
          ),
        ),
      ).rejects.toThrow('blind');
      expect(looks).toBe(1);
    });

    it.each(['check', 'next'])(
      'ends a poll at a later throw of its %s, and goes on with what comes after',
      async (of) => {
        const blind = (last: number | null) => {
          if (last === 2) throw new Error('blind');
        };
        const end = await open().run(async (w) => {
          const said = await w
            .poll<number>(
              'p',
              async (last) => {
                if (of === 'check') blind(last);
                return (last ?? 0) + 1;
              },
              (s) => {
                if (of === 'next') blind(s);
                return { waitSeconds: 1 };
              },
            )
            .catch((e: Error) => e.message);
          return w.step('teardown', async () => `${said}, torn down`);
        });
        expect(end).toBe('blind, torn down');
      },
    );

    it('maps with bounded concurrency, in item order, settling failures', async () => {
      let live = 0;
      let most = 0;
      const result = await open().run(
        async (w) =>
          (await w.map('m', [1, 2, 3, 4, 5], { concurrency: 2, key: (i) => `k${i}` }, (scope, i) =>
            scope.step('s', async () => {
              live++;
              most = Math.max(most, live);
              await new Promise((r) => setTimeout(r, 5));
              live--;
              if (i === 3) throw new Error('three');
              return i * 10;
            }),
          )) as unknown as Json,
      );
      expect(most).toBe(2);
      expect(result).toEqual([
        { key: 'k1', ok: true, value: 10 },
        { key: 'k2', ok: true, value: 20 },
        { key: 'k3', ok: false, error: 'three' },
        { key: 'k4', ok: true, value: 40 },
        { key: 'k5', ok: true, value: 50 },
      ]);
    });

    it('calls a registered workflow in a scope of its own', async () => {
      const path = await open().run((w) => w.call('c', 'child', { n: 1 }), {
        child: async (w, input) => ({ path: w.path, input }),
      });
      expect(path).toMatchObject({ input: { n: 1 } });
      await expect(open().run((w) => w.call('c', 'nobody', null))).rejects.toThrow('nobody');
    });

    it.each([
      ['an illegal id', (w: Workflow) => w.step('Bad Id', async () => 1)],
      ['a repeated id', async (w: Workflow) => (await w.step('a', async () => 1)) + (await w.step('a', async () => 1))],
      [
        'two operations at once',
        async (w: Workflow) => {
          const both = await Promise.allSettled([
            w.step('a', () => new Promise<number>((r) => setTimeout(() => r(1), 5))),
            w.step('b', async () => 2),
          ]);
          for (const b of both) if (b.status === 'rejected') throw b.reason;
          return 0;
        },
      ],
      [
        'repeated map keys',
        (w: Workflow) =>
          w.map('m', [1, 2], { concurrency: 1, key: () => 'same' }, async () => 1) as unknown as Promise<Json>,
      ],
      ['a result over 64 KB', (w: Workflow) => w.step('big', async () => 'x'.repeat(70_000))],
      ['a result over 64 KB in bytes', (w: Workflow) => w.step('big', async () => '\u20ac'.repeat(30_000))],
      [
        'a poll state over 64 KB',
        (w: Workflow) =>
          w.poll(
            'big',
            async () => 'x'.repeat(70_000),
            () => ({ done: true }),
          ),
      ],
    ])('refuses %s', async (_what, body) => {
      await expect(open().run(body)).rejects.toThrow();
    });

    it('clips error texts to 2,000 characters', async () => {
      const length = await open().run((w) =>
        w
          .step('s', async () => {
            throw new Error('e'.repeat(5000));
          })
          .catch((e: Error) => e.message.length),
      );
      expect(length).toBe(2000);
    });

    it('says the innermost cause, out of whatever scopes an error came', async () => {
      const message = await open().run(
        async (w) =>
          (await w.map('m', [1], { concurrency: 1, key: () => 'k' }, (scope) =>
            scope.call<number>('c', 'child', null).catch((e: Error) => {
              throw new Error('outer', { cause: e });
            }),
          )) as unknown as Json,
        {
          child: (w) =>
            w.step('s', async () => {
              throw new Error('outside', { cause: new Error('no quota') });
            }),
        },
      );
      expect(message).toEqual([{ key: 'k', ok: false, error: 'no quota' }]);
    });

    it('resumes a map that was cut off half way, each item with its own results', async () => {
      const x = open();
      let crashed = false;
      const bodies: string[] = [];
      const body: Body = async (w) =>
        (await w.map('m', ['a', 'b', 'c', 'd'], { concurrency: 2, key: (i) => i }, async (scope, item) => {
          const first = await scope.step('first', async () => {
            bodies.push(`${item}1`);
            await new Promise((r) => setTimeout(r, item === 'a' ? 30 : 1));
            return `${item}1`;
          });
          if (item === 'c' && !crashed) {
            crashed = true;
            await x.crash();
          }
          const second = await scope.step('second', async () => {
            if (item === 'b') throw new Error('b is broken');
            return `${item}2`;
          });
          return `${first} ${second}`;
        })) as unknown as Json;
      await expect(x.run(body)).rejects.toThrow();
      expect(await x.run(body)).toEqual([
        { key: 'a', ok: true, value: 'a1 a2' },
        { key: 'b', ok: false, error: 'b is broken' },
        { key: 'c', ok: true, value: 'c1 c2' },
        { key: 'd', ok: true, value: 'd1 d2' },
      ]);
      expect(bodies.filter((b) => b === 'b1' || b === 'c1')).toEqual(['b1', 'c1']);
    });

    it('gives a replay the same value the first run saw', async () => {
      const x = open();
      let crashed = false;
      const seen: Json[] = [];
      const body: Body = async (w) => {
        seen.push(await w.step('s', async () => ({ a: 1, gone: undefined }) as Json));
        if (!crashed) {
          crashed = true;
          throw new Crash('x');
        }
        return null;
      };
      await expect(x.run(body)).rejects.toThrow();
      await x.run(body);
      expect(Object.keys(seen[0] as object)).toEqual(Object.keys(seen[1] as object));
    });
  });
}
