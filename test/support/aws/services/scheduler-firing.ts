/** Time passes, and what is due is invoked: deliveries, their retries and the dead-letter queue, on the world's clock. */
import type { MayDo } from '../iam-enforcement.ts';
import { type AwsWorld, ServiceError, type Thing } from '../world.ts';
import { codeOf, runAsynchronously } from './lambda.ts';
import type { ScheduleDetail } from './scheduler.ts';

/** Of a schedule, between its first delivery and the end of its retries. */
interface Delivery {
  dueMs: number;
  firstMs: number;
  tries: number;
}

/** The pauses double from a second on; AWS says only that they grow ("RetryPolicy", API reference). */
const FIRST_PAUSE_MS = 1000;

export class Firing {
  private readonly world: AwsWorld;
  private readonly mayDo: MayDo;
  /** By ARN and expression: an update makes another delivery. */
  private readonly deliveries = new Map<string, Delivery>();
  private readonly over = new Set<string>();

  constructor(world: AwsWorld, mayDo: MayDo = () => undefined) {
    this.world = world;
    this.mayDo = mayDo;
  }

  /** Moves the clock, and stops at every delivery on the way. What is invoked may move it, too. */
  async elapse(seconds: number): Promise<void> {
    const untilMs = this.world.nowMs + seconds * 1000;
    for (;;) {
      const [first] = this.pending().filter(({ dueMs }) => dueMs <= untilMs);
      if (!first) break;
      this.world.nowMs = Math.max(this.world.nowMs, first.dueMs);
      await this.deliver(first.thing, first.key);
    }
    this.world.nowMs = Math.max(this.world.nowMs, untilMs);
  }

  private pending(): { thing: Thing; key: string; dueMs: number }[] {
    return this.world
      .of('schedule')
      .filter(({ detail }) => detail !== undefined)
      .map((thing) => {
        const { ScheduleExpression } = thing.detail as unknown as ScheduleDetail;
        const key = `${thing.arn} ${ScheduleExpression}`;
        const dueMs = this.deliveries.get(key)?.dueMs ?? Date.parse(`${ScheduleExpression.slice(3, -1)}Z`);
        return { thing, key, dueMs };
      })
      .filter(({ key }) => !this.over.has(key))
      .sort((a, b) => a.dueMs - b.dueMs);
  }

  private async deliver(thing: Thing, key: string): Promise<void> {
    const { Target, ActionAfterCompletion } = thing.detail as unknown as ScheduleDetail;
    const input = Target.Input ?? '{}';
    const delivery = this.deliveries.get(key) ?? { dueMs: 0, firstMs: this.world.nowMs, tries: 0 };
    try {
      this.world.admit('lambda:Invoke', { url: new URL(`http://scheduler/${Target.Arn}`), body: Buffer.from(input) });
      this.mayDo(Target.RoleArn, 'lambda:InvokeFunction', Target.Arn);
      codeOf(this.world, Target.Arn);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { MaximumEventAgeInSeconds: age = 86_400, MaximumRetryAttempts: most = 185 } = Target.RetryPolicy ?? {};
      const dueMs = this.world.nowMs + FIRST_PAUSE_MS * 2 ** Math.min(delivery.tries, 12);
      if (delivery.tries < most && dueMs - delivery.firstMs <= age * 1000) {
        this.deliveries.set(key, { ...delivery, dueMs, tries: delivery.tries + 1 });
        return;
      }
      this.giveUp(thing, Target, input);
      this.complete(thing, key, ActionAfterCompletion);
      return;
    }
    // Lambda takes an event asynchronously: how its code fares is no business of the schedule.
    this.complete(thing, key, ActionAfterCompletion);
    await runAsynchronously(this.world, Target.Arn, JSON.parse(input));
  }

  private giveUp({ name }: Thing, { RoleArn, DeadLetterConfig }: ScheduleDetail['Target'], input: string): void {
    try {
      if (!DeadLetterConfig) throw new ServiceError('NoQueue', 'it has no dead-letter queue');
      this.mayDo(RoleArn, 'sqs:SendMessage', DeadLetterConfig.Arn);
      this.world.deadLetters.push({ queueArn: DeadLetterConfig.Arn, input });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.world.mistakes.push(`what ${name} could not deliver is lost: ${error.message}`);
    }
  }

  /** Without the action it stays, enabled, and never fires again. */
  private complete(thing: Thing, key: string, action: ScheduleDetail['ActionAfterCompletion']): void {
    this.over.add(key);
    if (action === 'DELETE') this.world.things.delete(thing.arn);
  }
}
