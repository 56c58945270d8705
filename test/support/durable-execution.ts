/** One durable execution whose code may die and be started again, as the contract of the port wants it. */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { durableHandler } from '../../lib/aws/durable/durable-handler.ts';
import { Crash, type Execution } from '../contracts/workflow.contract.ts';
import { type Life, mortal } from './mortal-durable.ts';

const fiftieth = (seconds: number) => seconds / 50;

/** @param remote whether `call` starts an execution of its own */
export function durableExecution(remote = false, scaleSeconds = fiftieth): Execution {
  let body: Parameters<Execution['run']>[0];
  let registry: NonNullable<Parameters<Execution['run']>[1]> = {};
  let crashed: (error: Error) => void = () => {};
  let revive = () => {};
  let revived = Promise.resolve();
  let ended: Promise<unknown> | null = null;

  let current: Life;
  const crash = () => {
    revived = new Promise((resolve) => {
      revive = resolve;
    });
    current.die();
    crashed(new Crash('the invocation died'));
    return new Promise<never>(() => undefined);
  };
  const handlerOf = (life: Life) => {
    current = life;
    return durableHandler(
      () => ({
        ...registry,
        body: (w) =>
          body(w).catch((error) => {
            if (error instanceof Crash) return crash();
            throw error;
          }),
      }),
      { scaleSeconds, functions: remote ? { child: 'child-version-1' } : {} },
    );
  };
  const runner = new LocalDurableTestRunner({
    handlerFunction: mortal(handlerOf, { onDeath: () => revived }),
  });
  runner.registerDurableFunction(
    'child-version-1',
    durableHandler(() => registry, { scaleSeconds }),
  );

  return {
    crash,
    run(nextBody, nextRegistry = {}) {
      body = nextBody;
      registry = nextRegistry;
      const died = new Promise<never>((_, reject) => {
        crashed = reject;
      });
      const payload = { runId: 'run', path: 'run/e1', workflow: 'body', input: null };
      if (ended === null) {
        ended = runner.run({ payload }).then((result) => {
          if (result.getStatus() === 'SUCCEEDED') return result.getResult();
          throw new Error(result.getError()?.errorMessage ?? result.getStatus());
        });
        ended.catch(() => undefined);
      } else revive();
      return Promise.race([ended, died]) as ReturnType<Execution['run']>;
    },
  };
}
