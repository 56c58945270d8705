/** Where a run on AWS meets its implementations, for the command line. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { Lambda } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3 } from '@aws-sdk/client-s3';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { uploadArtifact } from '../lib/aws/artifact-upload.ts';
import { asked } from '../lib/aws/asked.ts';
import { DynamoLease } from '../lib/aws/lease.ts';
import { examineAccount, knowsDurable } from '../lib/aws/preflight.ts';
import { preflightClients } from '../lib/aws/preflight-clients.ts';
import { AwsInventory } from '../lib/aws/reap/aws-inventory.ts';
import { roleSessions } from '../lib/aws/role-session.ts';
import { twoPrincipals } from '../lib/aws/role-session-clients.ts';
import { parameterClient, runPorts } from '../lib/aws/run-ports.ts';
import { type RunSite, readRunSite } from '../lib/aws/run-site.ts';
import { ServerClock } from '../lib/aws/server-clock.ts';
import { SweepExecutions } from '../lib/aws/sweep-execution.ts';
import type { Cloud, Kit } from '../lib/cli/kit.ts';
import { sealOfRun } from '../lib/cli/plan-seal.ts';
import type { Plan } from '../lib/core/plan/plan.ts';
import type { Preparer } from '../lib/core/ports/preparer.ts';
import { reap } from '../lib/engine/reap.ts';
import { resourceName } from '../lib/engine/workflow/names.ts';
import { carrierFor, carrierMissing } from './carrier-for.ts';
import { fargateCarrier } from './fargate-carrier.ts';
import { takeFromDead } from './take-from-dead.ts';

export interface OnAwsOptions {
  version: string;
  wait: Kit['wait'];
  /** Makes what any CPU can make. */
  preparer(run: Parameters<Kit['take']>[0]): Preparer;
}

/** Heartbeats in the time after which a lease is taken for abandoned. */
const RENEW_MS = 15_000;
/** A pass from a terminal may wait for what is on its way out. */
const PASS_MS = 600_000;

export function onAws({ version, wait, preparer }: OnAwsOptions) {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const clock = new ServerClock();
  const sites = new Map<string, Promise<RunSite>>();
  const siteOf = (region: string): Promise<RunSite> => {
    const known = sites.get(region) ?? readRunSite(parameterClient(region, clock, endpoint), region);
    sites.set(region, known);
    return known;
  };
  const portsOf = async (runId: string, plan: Plan, token: number | null) =>
    runPorts({
      runId,
      region: regionOf(plan.region),
      site: await siteOf(regionOf(plan.region)),
      token,
      budgetUsd: plan.budget.usd,
      clock,
      nameOf: resourceName,
      wait,
      ...(endpoint === undefined ? {} : { endpoint }),
    });

  const take: Kit['take'] = async (run, plan) => {
    const { entries } = await portsOf(run.id, plan, null);
    const lease = new DynamoLease({ ...entries, owner: `${hostname()}/${process.pid}/${randomUUID()}`, clock });
    const taken = await lease.acquire();
    if (taken === null) return null;
    // What a lost lease would still write is refused by its token.
    const heartbeat = setInterval(() => void lease.renew().catch(() => undefined), RENEW_MS);
    return {
      token: taken.token,
      renew: () => lease.renew(),
      release: async () => {
        clearInterval(heartbeat);
        await lease.release();
      },
    };
  };

  const ports: Kit['ports'] = async (run, plan, { progress, stop, taken }) => {
    const { entries: _, stop: asked, ...made } = await portsOf(run.id, plan, taken?.token ?? null);
    return {
      ...made,
      progress,
      stop: { read: async () => (await stop.read()) ?? asked.read() },
      versions: { infersweep: version, node: process.versions.node, driver: 'terminal' },
    };
  };

  const stopOf = async (runId: string, plan: Plan) => (await portsOf(runId, plan, null)).stop;

  /** With this machine's own identity: neither of Guard's roles may start what takes both of them on. */
  const ownClient = (region: string) => ({ region, maxAttempts: 5, ...(endpoint === undefined ? {} : { endpoint }) });

  const onFargate = async (plan: Plan) => {
    const region = regionOf(plan.region);
    const { guard, lab } = await siteOf(region);
    if (lab.controllerTask === null) throw carrierMissing('fargate');
    return fargateCarrier({
      lab,
      controller: lab.controllerTask,
      region,
      clock,
      wait,
      starter: new ECS(ownClient(region)),
      ecsOf: (runId) => {
        const { creating, deleting } = sessionsOf(guard, region, runId);
        return twoPrincipals(new ECS(creating), new ECS(deleting));
      },
      storeOf: async (runId) => (await portsOf(runId, plan, null)).store,
      begin: async (runId, number) => (await stopOf(runId, plan)).begin(number),
      take,
      ports,
    });
  };

  const cloudCarrier: Kit['cloudCarrier'] = async (plan, wanted) => {
    const region = regionOf(plan.region);
    const { lab } = await siteOf(region);
    return carrierFor(lab, wanted, async () => {
      const known = await asked(() => knowsDurable(new Lambda(ownClient(region))));
      // Where nobody may say so, the start of an execution does.
      return !known.ok || known.value;
    });
  };

  const cloud: Kit['cloud'] = async (plan, carrier) => {
    const region = regionOf(plan.region);
    const { lab } = await siteOf(region);
    const ask: Cloud['ask'] = async (runId, reason) => (await stopOf(runId, plan)).ask(reason);
    if (carrier === 'fargate') return { ...(await onFargate(plan)), ask };
    if (lab.sweep === null) throw carrierMissing('durable');
    const functionArn = lab.sweep.start;
    const executions = new SweepExecutions({
      lambda: new Lambda(ownClient(region)),
      functionArn,
      nameOf: resourceName,
      begin: async (runId, number) => (await stopOf(runId, plan)).begin(number),
    });
    return {
      start: async (run) => {
        if ((await executions.look(run.id)).state === 'running') return;
        // An execution holds no lease, so it must not begin beside whoever does: a destroy ends all that it would make.
        const taken = await takeFromDead({ take, wait }, run, plan);
        try {
          await executions.start(run.id, await sealOfRun(run));
        } finally {
          await taken.release();
        }
      },
      look: (runId) => executions.look(runId),
      ask,
    };
  };

  /** Artifacts that need no device are made here and put where hosts and endpoints read them. */
  const prepareHere: Kit['prepareHere'] = async (run, plan, say) => {
    const portable = plan.preparations.filter(({ needs }) => needs === null);
    if (portable.length === 0) return;
    const region = regionOf(plan.region);
    const { guard, lab } = await siteOf(region);
    const { creating } = sessionsOf(guard, region, run.id);
    const s3 = new S3({ ...creating, forcePathStyle: endpoint !== undefined });
    const own = preparer(run);
    for (const preparation of portable) {
      const handle = await own.start(preparation, { name: preparation.id, ttlSeconds: 0, tags: {} });
      for (;;) {
        const state = await own.check(handle);
        if (state.state === 'failed') throw new Error(`${preparation.kind}: ${state.reason}`);
        if (state.state === 'done') {
          say(`${preparation.kind}: uploading`);
          await uploadArtifact(s3, lab.artifactsBucket, preparation, { path: state.artifact, sha256: state.sha256 });
          break;
        }
        if (state.state === 'running') say(`${preparation.kind}: ${state.message}`);
        await wait(1);
      }
    }
  };

  const sweepLeaks: Kit['sweepLeaks'] = async (o) => {
    const region = regionOf(o.region);
    const { guard } = await siteOf(region);
    const { deleting } = sessionsOf(guard, region, 'sweep-leaks');
    const inventory = new AwsInventory(
      {
        sagemaker: new SageMaker(deleting),
        ec2: new EC2(deleting),
        ecs: new ECS(deleting),
        scheduler: new Scheduler(deleting),
        tagging: new ResourceGroupsTaggingAPI(deleting),
      },
      guard.deadlineGroup,
    );
    const looking = { list: () => inventory.list(), delete: async () => 'busy' as const };
    const untilMs = clock.nowMs() + (o.delete ? PASS_MS : 0);
    return reap(
      { inventory: o.delete ? inventory : looking, clock, wait },
      { scope: o.scope, untilMs, pauseSeconds: 15, confirmations: 1 },
    );
  };

  const sessionsOf = (guard: RunSite['guard'], region: string, runId: string) =>
    roleSessions({
      region,
      createRoleArn: guard.createRole,
      deleteRoleArn: guard.deleteRole,
      runId,
      ...(endpoint === undefined ? {} : { endpoint }),
    });

  const examine = (plan: Plan) => {
    const region = regionOf(plan.region);
    return examineAccount(preflightClients({ region, ...(endpoint === undefined ? {} : { endpoint }) }), {
      region,
      plan,
    });
  };

  return { take, ports, cloudCarrier, cloud, prepareHere, sweepLeaks, examine };
}

function regionOf(named: string | null): string {
  const region = named ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (region) return region;
  throw new Error('no region: set aws.region in the experiment, or AWS_REGION');
}
