/** A run that AWS drives without durable functions: by a task on Fargate, started from here. */
import type { ECS } from '@aws-sdk/client-ecs';
import { ControllerTasks } from '../lib/aws/controller-tasks.ts';
import type { TasksApi } from '../lib/aws/fargate-tasks.ts';
import { CliError } from '../lib/cli/cli-error.ts';
import { exitCodes } from '../lib/cli/exit-codes.ts';
import type { Cloud, Kit } from '../lib/cli/kit.ts';
import { sealOfRun } from '../lib/cli/plan-seal.ts';
import { QUIET } from '../lib/cli/verb-status.ts';
import type { Lab } from '../lib/core/catalog/lab.ts';
import type { Clock } from '../lib/core/ports/clock.ts';
import type { ObjectStore } from '../lib/core/ports/object-store.ts';
import { Refused, startController } from '../lib/engine/controller.ts';
import { takeFromDead } from './take-from-dead.ts';

export interface FargateCarrierOptions {
  lab: Lab;
  controller: NonNullable<Lab['controllerTask']>;
  region: string;
  clock: Clock;
  wait: Kit['wait'];
  /** Of this machine's own identity: neither of Guard's roles may start what takes both of them on. */
  starter: Pick<ECS, 'runTask'>;
  /** Of Guard's roles, for looking and stopping. */
  ecsOf(runId: string): Pick<ECS, 'describeTasks' | 'listTasks' | 'stopTask'>;
  storeOf(runId: string): Promise<ObjectStore>;
  /** Withdraws what earlier controllers were asked; `number` is that of the lease. */
  begin(runId: string, number: number): Promise<void>;
  take: Kit['take'];
  ports: Kit['ports'];
}

export function fargateCarrier(o: FargateCarrierOptions): Required<Omit<Cloud, 'ask'>> {
  const tasksOf = async (runId: string) => {
    const ecs = o.ecsOf(runId);
    return new ControllerTasks({
      ecs: {
        runTask: o.starter.runTask.bind(o.starter),
        describeTasks: ecs.describeTasks.bind(ecs),
        listTasks: ecs.listTasks.bind(ecs),
        stopTask: ecs.stopTask.bind(ecs),
      } as TasksApi,
      lab: o.lab,
      controller: o.controller,
      region: o.region,
      clock: o.clock,
      runId,
      store: await o.storeOf(runId),
    });
  };
  const isRunning = async (tasks: ControllerTasks) => (await tasks.look()).state === 'running';
  return {
    start: async (run, plan) => {
      const host = await tasksOf(run.id);
      if (await isRunning(host)) return;
      const taken = await takeFromDead(o, run, plan);
      try {
        if (await isRunning(host)) return;
        await o.begin(run.id, taken.token!);
        const ports = await o.ports(run, plan, { ...QUIET, taken });
        const planSha256 = await sealOfRun(run);
        await startController(ports, { plan, planSha256, host, number: taken.token! }, o.wait);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        throw new CliError(exitCodes.preflight, error.message, `infersweep resume ${run.id}`);
      } finally {
        await taken.release();
      }
    },
    look: async (runId) => (await tasksOf(runId)).look(),
    halt: async (runId) => (await tasksOf(runId)).halt(),
  };
}
