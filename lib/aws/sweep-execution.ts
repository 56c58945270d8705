/** Executions of the Lab's durable sweep: one at a time for a run, known by their names. */
import type { Execution, Lambda } from '@aws-sdk/client-lambda';
import type { Json } from '../core/ports/workflow.ts';
import type { WorkflowEvent } from '../core/workflow/workflow-event.ts';

export type ExecutionsApi = Pick<Lambda, 'invoke' | 'listDurableExecutionsByFunction' | 'getDurableExecution'>;

export interface ExecutionState {
  state: 'absent' | 'running' | 'done' | 'failed';
  outcome: Json;
  error: string | null;
  /** Epoch milliseconds: a receipt that was written before tells nothing of what this has left; absent: none does. */
  sinceMs?: number;
}

export interface SweepExecutionsOptions {
  lambda: ExecutionsApi;
  /** Version ARN of the function that carries sweeps. */
  functionArn: string;
  /** Short stable name, as 63 characters of [a-z0-9-]. */
  nameOf(id: string): string;
  /** Before execution `number` of a run starts; several may say so of one, and it may have started already. */
  begin(runId: string, number: number): Promise<void>;
}

/** An asynchronous event is taken at once and begins when Lambda comes to it: so many looks may not show it yet. */
const UNSEEN_LOOKS = 12;

export class SweepExecutions {
  private readonly o: SweepExecutionsOptions;
  /** What this has started, by run, and how often it was looked for in vain. */
  private readonly started = new Map<string, { number: number; unseen: number }>();

  constructor(o: SweepExecutionsOptions) {
    this.o = o;
  }

  /**
   * The name of an execution is its idempotency key: of two that start at once, one does. After one that ended, the next
   * has the next number; it finds the records of what is done.
   * @param planSha256 of the plan that it is to carry, in hexadecimal; null: of any
   */
  async start(runId: string, planSha256: string | null): Promise<void> {
    const latest = await this.latest(runId);
    if (latest?.execution.Status === 'RUNNING') return;
    const number = (latest?.number ?? 0) + 1;
    await this.o.begin(runId, number);
    const seal = planSha256 === null ? {} : { planSha256 };
    const event: WorkflowEvent = { runId, path: pathOf(runId, number), workflow: 'run', input: null, ...seal };
    await this.o.lambda.invoke({
      FunctionName: this.o.functionArn,
      InvocationType: 'Event',
      DurableExecutionName: this.o.nameOf(pathOf(runId, number)),
      Payload: new TextEncoder().encode(JSON.stringify(event)),
    });
    this.started.set(runId, { number, unseen: 0 });
  }

  async look(runId: string): Promise<ExecutionState> {
    const latest = await this.latest(runId);
    const started = this.started.get(runId);
    if (started && (latest?.number ?? 0) < started.number) {
      started.unseen += 1;
      return { state: started.unseen > UNSEEN_LOOKS ? 'absent' : 'running', outcome: null, error: null };
    }
    // Never begun, or forgotten by Lambda.
    if (latest === null) return { state: 'absent', outcome: null, error: null, sinceMs: 0 };
    const { Status, DurableExecutionArn, StartTimestamp, EndTimestamp } = latest.execution;
    if (Status === 'RUNNING') return { state: 'running', outcome: null, error: null };
    const ended = await this.o.lambda.getDurableExecution({ DurableExecutionArn });
    // One that was stopped or ran out of time was cut off wherever it was, maybe after its receipt.
    const isCut = Status === 'STOPPED' || Status === 'TIMED_OUT';
    const since = isCut ? EndTimestamp : StartTimestamp;
    const at = since === undefined ? {} : { sinceMs: since.getTime() };
    if (Status === 'SUCCEEDED')
      return { state: 'done', outcome: JSON.parse(ended.Result ?? 'null') as Json, error: null, ...at };
    const error = ended.Error?.ErrorMessage ?? `the execution is ${Status}`;
    return { state: 'failed', outcome: null, error, ...at };
  }

  /** Whatever its version: a deployment of Lab does not hide the runs that began before it. */
  private async latest(runId: string): Promise<{ number: number; execution: Execution } | null> {
    let found: { number: number; execution: Execution } | null = null;
    for (let number = 1; ; number++) {
      const { DurableExecutions } = await this.o.lambda.listDurableExecutionsByFunction({
        FunctionName: unqualified(this.o.functionArn),
        DurableExecutionName: this.o.nameOf(pathOf(runId, number)),
      });
      const [execution] = DurableExecutions ?? [];
      if (!execution) return found;
      found = { number, execution };
    }
  }
}

const pathOf = (runId: string, number: number): string => `${runId}/e${number}`;

/** `arn:…:function:name:3` without its version. */
const unqualified = (arn: string): string => arn.split(':').slice(0, 7).join(':');
