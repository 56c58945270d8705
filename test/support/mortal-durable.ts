/**
 * A durable execution whose invocations can die: at the n-th checkpoint, before or after it lands, or when its code says
 * so. The testing package itself never retries a dead invocation; here the next life starts from what was durable.
 */
import type {
  DurableExecutionClient,
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  DurableLambdaHandler,
  OperationUpdate,
  WireOperation,
} from '@aws/durable-execution-sdk-js';

type Event = DurableExecutionInvocationInput & { durableExecutionClient: DurableExecutionClient };

/** One invocation that may end without a word. */
export interface Life {
  /** Counted from 1 for each execution. */
  number: number;
  alive: boolean;
  /** Ends it here: nothing of it reaches the outside any more. */
  die(): void;
}

export interface Deaths {
  /** What is about to be written; it is written when it resolves. */
  onWrite?(updates: readonly OperationUpdate[]): Promise<void> | void;
  /** Whether this life ends at its execution's n-th checkpoint, and on which side of the write. */
  at?(checkpoint: number, life: Life): 'before' | 'after' | null;
  /** Told when a life has ended, with what is durable of it; the next starts when it resolves. */
  onDeath?(life: Life, operations: readonly WireOperation[]): Promise<void> | void;
}

const never = () => new Promise<never>(() => undefined);

/** @param handlerOf the function as it stands in one life */
export function mortal(handlerOf: (life: Life) => DurableLambdaHandler, deaths: Deaths): DurableLambdaHandler {
  let lives = 0;
  let checkpoints = 0;
  return async (input, context) => {
    const real = (input as Event).durableExecutionClient;
    for (let event = input as Event; ; ) {
      let token = event.CheckpointToken;
      let tell = () => {};
      const death = new Promise<null>((resolve) => {
        tell = () => resolve(null);
      });
      const life: Life = {
        number: ++lives,
        alive: true,
        die() {
          this.alive = false;
          tell();
        },
      };
      const client: DurableExecutionClient = {
        getExecutionState: (params) => (life.alive ? real.getExecutionState(params) : never()),
        checkpoint: async (params) => {
          if (!life.alive) return never();
          // A look without updates is no write.
          const updates = params.Updates ?? [];
          if (updates.length > 0) await deaths.onWrite?.(updates);
          const end = updates.length > 0 ? deaths.at?.(++checkpoints, life) : null;
          if (end === 'before') life.die();
          if (end === 'before') return never();
          const answer = await real.checkpoint(params);
          token = answer.CheckpointToken ?? token;
          if (end === 'after') life.die();
          return life.alive ? answer : never();
        },
      };
      const running = handlerOf(life)(same(event, { durableExecutionClient: client }), context);
      const answer: DurableExecutionInvocationOutput | null = await Promise.race([running, death]);
      if (answer !== null) return answer;
      running.catch(() => undefined);
      const { Operations = [] } = await real.getExecutionState({
        DurableExecutionArn: event.DurableExecutionArn,
        CheckpointToken: token,
      });
      await deaths.onDeath?.(life, Operations);
      event = same(event, { CheckpointToken: token, InitialExecutionState: { Operations } });
    }
  };
}

/** The SDK knows an injected client by the class of the event. */
function same(event: Event, changes: Partial<Event>): Event {
  return Object.assign(Object.create(Object.getPrototypeOf(event)), event, changes);
}
