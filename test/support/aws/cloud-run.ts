/**
 * A run on the loopback AWS: the engine and its adapters as `bin/` composes them, the real SDK clients, time that passes only
 * when somebody waits, hosts and tasks that are scripted, and a meter. One place asserts what must hold at every end.
 */
import { expect } from 'vitest';
import { DynamoLease } from '../../../lib/aws/lease.ts';
import { runPorts } from '../../../lib/aws/run-ports.ts';
import { ServerClock } from '../../../lib/aws/server-clock.ts';
import { codesOf } from '../../../lib/cli/execute.ts';
import { exitCodes } from '../../../lib/cli/exit-codes.ts';
import type { Guard } from '../../../lib/core/catalog/guard.ts';
import {
  imageDigestParameter,
  LAB_PARAMETER,
  type Lab,
  PREPARATION_PARAMETER,
  type PreparationSite,
} from '../../../lib/core/catalog/lab.ts';
import { servicePrice } from '../../../lib/core/catalog/service-price.ts';
import { type LoadJob, loadJobSchema } from '../../../lib/core/load/job.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import { LeaseLost } from '../../../lib/core/ports/lease.ts';
import type { Balance } from '../../../lib/core/ports/ledger.ts';
import type { RunEvent } from '../../../lib/core/ports/progress.ts';
import type { StopReason } from '../../../lib/core/ports/stop.ts';
import { type Receipt, receiptSchema } from '../../../lib/core/report/receipt.ts';
import type { EnginePorts } from '../../../lib/engine/ports.ts';
import { type RunEnd, runSweep, waitHolding } from '../../../lib/engine/run.ts';
import { plannedFor } from '../../../lib/engine/workflow/documents.ts';
import { resourceName } from '../../../lib/engine/workflow/names.ts';
import { workflows } from '../../../lib/engine/workflow/sweep.ts';
import { type Entry, type Journal, JournalError } from '../../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../../lib/local/journal/journal-workflow.ts';
import { type Played, playedResult } from '../played-load.ts';
import { scriptedHosts } from './host-launcher.ts';
import { guardArns, labArns } from './iam-guard.ts';
import { LoopbackAws } from './loopback-aws.ts';
import { BillMeter } from './meter.ts';
import { reaperFunction } from './reaper-function.ts';
import type { Service } from './service.ts';
import { type LoopbackDynamo, ledgerTable, startDynamo } from './services/dynamodb.ts';
import { ec2With } from './services/ec2.ts';
import { Ec2Cloud, type Ec2CloudOptions } from './services/ec2-cloud.ts';
import { ecsWith } from './services/ecs.ts';
import { EcsCloud, type EcsCloudOptions } from './services/ecs-cloud.ts';
import { endpointLogs } from './services/endpoint-logs.ts';
import { hostLogs } from './services/host-logs.ts';
import { s3With } from './services/s3.ts';
import { sagemakerWith } from './services/sagemaker.ts';
import { SagemakerHosting, type SagemakerHostingOptions } from './services/sagemaker-hosting.ts';
import { Firing } from './services/scheduler-firing.ts';
import { SharedTime } from './shared-time.ts';
import type { TaskLauncher } from './task-launcher.ts';
import { account, cluster, deadlineGroup, region } from './world.ts';

export const guard: Guard = {
  schema: 'infersweep.guard.v1',
  createRole: guardArns.createRole,
  deleteRole: guardArns.deleteRole,
  ledgerTable,
  reaperFunction: guardArns.reaperFunction,
  deadlineGroup,
  deadlineRole: guardArns.deadlineRole,
  deadlineQueue: guardArns.deadLetterQueue,
  alarmTopic: `arn:aws:sns:${region}:${account}:alarms`,
  instanceTypes: ['ml.c7i.xlarge', 'c7i.xlarge'],
};

export const lab: Lab = {
  schema: 'infersweep.lab.v1',
  resultsBucket: 'results',
  artifactsBucket: 'artifacts',
  executionRole: labArns.executionRole,
  loadTask: {
    cluster,
    definition: labArns.taskDefinition,
    container: 'loadgen',
    securityGroup: 'sg-1',
    assignPublicIp: 'ENABLED',
    vcpu: 2,
    memoryGib: 4,
    architecture: 'arm64',
  },
  controllerTask: {
    definition: labArns.controllerDefinition,
    container: 'controller',
    securityGroup: 'sg-2',
    vcpu: 0.5,
    memoryGib: 1,
    architecture: 'arm64',
  },
  sweep: {
    start: `arn:aws:lambda:${region}:${account}:function:sweep:1`,
    group: `arn:aws:lambda:${region}:${account}:function:group:1`,
  },
  subnets: ['subnet-a', 'subnet-b'],
  hostLogGroup: 'hosts',
  launchTemplates: { c7i: { id: 'lt-c7i', version: '3', maximumTtlMinutes: 600 } },
};

export interface CloudRunOptions {
  hosting?: SagemakerHostingOptions;
  ecs?: Partial<EcsCloudOptions>;
  ec2?: Partial<Ec2CloudOptions>;
  /** What the load on an endpoint shows, by the name of its configuration. @default 100 answers per second */
  played?: (configuration: string, job: LoadJob) => Played;
  /** What becomes of the text of a result, null: it is not written. @default as it is */
  result?: (text: string, job: LoadJob) => string | null;
  /** Seconds that a task takes, or that it dies with this reason. @default as long as its job */
  task?: (job: LoadJob) => { seconds: number; exitCode?: number; error?: string } | null;
  /** Of every SDK client. @default 3 */
  maxAttempts?: number;
  /** How far this machine's clock is from AWS's. @default 0 */
  skewMs?: number;
  /** Called after each pause of a controller, with the number of pauses so far. */
  during?: (run: CloudRun, pauses: number) => Promise<void> | void;
  dynamo?: LoopbackDynamo;
  /** How long a deletion takes once it is accepted. @default 60 */
  deletionSeconds?: number;
  /** Without sockets between the clients and the loopback AWS. @default false */
  isInProcess?: boolean;
  /** Deployments that are up together wait at the same time, as on AWS. @default false: their pauses follow each other */
  sharesTime?: boolean;
  /** @default - functions are code of this process, and none is durable */
  lambda?: Service;
  /** What runs in a controller's task. @default - nothing can */
  controller?: TaskLauncher;
  /** @default - Images is not deployed */
  preparation?: PreparationSite;
}

const CREATES = ['sagemaker:CreateEndpoint', 'ec2:RunInstances', 'ecs:RunTask'];
/** `bin/` renews by real time. */
const RENEW_SECONDS = 20;
const IMAGES = ['cpu', 'cpu-sagemaker'];
const digest = `sha256:${'a'.repeat(64)}`;

export class CloudRun {
  readonly aws: LoopbackAws;
  readonly meter: BillMeter;
  readonly firing: Firing;
  /** A command line makes its own. */
  runId: string;
  readonly plan: Plan;
  readonly journal: Entry[] = [];
  /** When each write of it was about to be made: how often AWS had been asked, and its time. */
  readonly moments: { calls: number; nowMs: number }[] = [];
  readonly events: RunEvent[] = [];
  /** The most that was held and spent together, at any moment somebody looked. */
  committedUsd = 0;
  stopAsked: StopReason | null = null;
  readonly hosting: SagemakerHosting;
  readonly ec2: Ec2Cloud;
  private pauses = 0;
  private readonly o: CloudRunOptions;
  private readonly dynamo: LoopbackDynamo;
  /** Names that money was held under. */
  private readonly held = new Set<string>();
  private lives = 0;
  /** Controllers that died at a write. */
  deaths = 0;
  private looking: ReturnType<CloudRun['ports']> | null = null;

  private constructor(
    plan: Plan,
    runId: string,
    o: CloudRunOptions,
    aws: LoopbackAws,
    dynamo: LoopbackDynamo,
    clouds: { hosting: SagemakerHosting; ec2: Ec2Cloud },
  ) {
    this.hosting = clouds.hosting;
    this.ec2 = clouds.ec2;
    this.plan = plan;
    this.runId = runId;
    this.o = o;
    this.aws = aws;
    this.dynamo = dynamo;
    this.firing = new Firing(aws.world);
    aws.gates.push(({ service, operation, request }) =>
      this.judge(`${service.iam}:${operation}`, request.body.toString()),
    );
    aws.witnesses.push(({ service, operation, request }, { status }) => {
      if (service.iam !== 'dynamodb' || operation !== 'UpdateItem' || status !== 200) return;
      const { UpdateExpression, ExpressionAttributeNames: names } = JSON.parse(request.body.toString());
      if (/SET holds\.#name = /.test(UpdateExpression)) this.held.add(names['#name']);
    });
    const unit = (id: string) => (servicePrice(id, region) as { usd: number }).usd;
    const priced = (onDemand: boolean) =>
      Object.fromEntries(
        plan.deployments.map(({ id, purchase, configuration }) => [
          configuration.instanceType,
          plannedFor(plan, { id, onDemand: onDemand && purchase === 'spot' }).usdPerHour ?? 0,
        ]),
      );
    this.meter = new BillMeter(aws, {
      instances: priced(true),
      spot: priced(false),
      // A root volume of 100 GiB, as its launch template has it; EBS's month has 720 hours.
      volume: (100 * unit('ebs-gp3')) / 720,
      address: unit('public-ipv4'),
      fargate: { vcpu: unit('fargate-vcpu-arm64'), gib: unit('fargate-gb-arm64') },
      task: { vcpu: lab.loadTask.vcpu, gib: lab.loadTask.memoryGib },
    });
  }

  static async start(plan: Plan, o: CloudRunOptions = {}): Promise<CloudRun> {
    const dynamo = o.dynamo ?? (await startDynamo());
    let run: CloudRun;
    const hosting = new SagemakerHosting(o.hosting);
    const tasks: TaskLauncher = {
      start: (seat) =>
        seat.definition === lab.controllerTask!.definition ? run.controller(seat) : run.task(seat.command[0]!),
    };
    const ecs = new EcsCloud({ launcher: tasks, ...o.ecs });
    const ec2 = new Ec2Cloud({
      documents: { put: async () => undefined, get: async (key) => run.object('results', key), list: async () => [] },
      templates: ['lt-c7i'],
      launcher: scriptedHosts(() => ({ readyAfterSeconds: 90 })),
      ...o.ec2,
    });
    const images = Object.fromEntries(IMAGES.map((name) => [imageDigestParameter(name), digest]));
    const services = {
      dynamodb: dynamo.service,
      s3: s3With(1000),
      ...(o.lambda === undefined ? {} : { lambda: o.lambda }),
      sagemaker: sagemakerWith(hosting),
      ecs: ecsWith(ecs),
      ec2: ec2With(ec2),
      logs: endpointLogs(hosting, hostLogs(ec2.streams)),
    };
    const aws = await LoopbackAws.start(services, o);
    Object.assign(aws.world.parameters, {
      '/infersweep/guard': JSON.stringify(guard),
      [LAB_PARAMETER]: JSON.stringify(lab),
      ...(o.preparation === undefined ? {} : { [PREPARATION_PARAMETER]: JSON.stringify(o.preparation) }),
      ...images,
    });
    // Sessions end by this machine's clock, too.
    aws.world.nowMs = Math.ceil(Date.now() / 1000) * 1000 - (o.skewMs ?? 0);
    aws.world.deletionSeconds = o.deletionSeconds ?? aws.world.deletionSeconds;
    aws.world.buckets.set('results', new Map());
    aws.world.buckets.set('artifacts', new Map());
    run = new CloudRun(plan, `run-${process.pid}-${runs++}`, o, aws, dynamo, { hosting, ec2 });
    aws.world.functions.set(guardArns.reaperFunction, reaperFunction(aws));
    Object.assign(process.env, aws.environment);
    return run;
  }

  get world() {
    return this.aws.world;
  }

  object(bucket: string, key: string): string | null {
    return this.world.buckets.get(bucket)?.get(key)?.toString() ?? null;
  }

  put(bucket: string, key: string, text: string): void {
    this.world.buckets.get(bucket)!.set(key, Buffer.from(text));
  }

  /** Names of the configurations behind the endpoints of a job. */
  private configurationAt(job: LoadJob, endpoint: string): string {
    const { path, url } = job.endpoints[endpoint]!;
    const name = path.startsWith('/endpoints/') ? path.split('/')[2]! : null;
    const thing = [...this.world.things.values()].find((t) =>
      name === null
        ? t.kind === 'instance' && url.includes(String((t.detail as { address?: string }).address))
        : t.kind === 'endpoint' && t.name === name,
    );
    const deployment = thing?.tags['infersweep:deployment'] ?? '';
    const own = this.plan.deployments.find((d) => deployment.includes(slug(d.id).slice(0, 20)));
    return own?.configuration.name ?? '';
  }

  private controller(seat: Parameters<TaskLauncher['start']>[0]) {
    if (this.o.controller === undefined) throw new Error('no controller is played here');
    return this.o.controller.start(seat);
  }

  /** The process of a load generator, as a script. */
  private task(key: string) {
    const text = this.object('results', `load/${key}/job.json`);
    const job = loadJobSchema.parse(JSON.parse(text ?? 'null'));
    const planned = job.segments.reduce((sum, s) => sum + s.seconds, 0);
    const { seconds, exitCode = 0, error } = { seconds: planned, ...this.o.task?.(job) };
    let code: number | null = null;
    const end = (result: boolean) => {
      code = exitCode;
      if (error !== undefined) this.put('results', `load/${key}/error.txt`, error);
      else if (result && exitCode === 0) {
        const text = JSON.stringify(playedResult(job, played));
        const kept = this.o.result === undefined ? text : this.o.result(text, job);
        if (kept !== null) this.put('results', `load/${key}/result.json`, kept);
      }
    };
    const played = (endpoint: string): Played => {
      const name = this.configurationAt(job, endpoint);
      if (name === '') return { ratePerSecond: 1, isDown: true };
      return this.o.played?.(name, job) ?? { ratePerSecond: 100 };
    };
    const progress = (running: number) => {
      const { id, endpoint } = job.segments[0]!;
      const { ratePerSecond, isDown } = played(endpoint);
      const errors = isDown ? Math.round(ratePerSecond * running) : 0;
      const said = { segment: id, segmentsDone: 0, segmentsTotal: job.segments.length, p95Ms: null, errors };
      const rate = isDown ? 0 : ratePerSecond;
      this.put('results', `load/${key}/progress.json`, JSON.stringify({ ...said, ratePerSecond: rate }));
    };
    return {
      exitCode: () => code,
      tick: (running: number) => {
        if (code !== null) return;
        progress(running);
        if (running >= seconds) end(true);
      },
      terminate: () => {
        if (code === null) end(true);
      },
      kill: () => {
        code ??= 137;
      },
    };
  }

  /** DESIGN §9, 1: nothing is created before it is held, nor what outlives a controller before its deadline is armed. */
  private judge(call: string, body: string): void {
    if (!CREATES.includes(call)) return;
    if (![...this.held].some((name) => body.includes(name))) this.world.mistakes.push(`${call} before it was held`);
    if (call !== 'ecs:RunTask' && !this.world.of('schedule').some(({ name }) => body.includes(name)))
      this.world.mistakes.push(`${call} before its deadline was armed`);
  }

  readonly wait = async (seconds: number): Promise<void> => {
    await this.firing.elapse(seconds);
    this.world.alive();
    this.pauses += 1;
    await this.o.during?.(this, this.pauses);
  };

  async ports(
    token: number | null,
    url = this.aws.url,
    wait = this.wait,
  ): Promise<EnginePorts & { entries: Parameters<typeof leaseOf>[0] }> {
    const clock = new ServerClock(() => this.world.nowMs + (this.o.skewMs ?? 0));
    const made = runPorts({
      runId: this.runId,
      region,
      site: { guard, lab, preparation: null },
      token,
      budgetUsd: this.plan.budget.usd,
      clock,
      nameOf: resourceName,
      endpoint: url,
      maxAttempts: this.o.maxAttempts ?? 3,
      wait,
    });
    // One answer tells the time.
    await made.ledger.balance().catch(() => undefined);
    const { ledger } = made;
    const watched: EnginePorts['ledger'] = {
      reserve: async (hold) => {
        const answer = await ledger.reserve(hold);
        const { reservedUsd, spentUsd } = await ledger.balance();
        this.committedUsd = Math.max(this.committedUsd, reservedUsd + spentUsd);
        return answer;
      },
      settle: (name, usd) => ledger.settle(name, usd),
      settleRest: () => ledger.settleRest(),
      balance: () => ledger.balance(),
    };
    const asked = made.stop;
    return {
      ...made,
      ledger: watched,
      progress: { emit: (event) => void this.events.push(event) },
      stop: { read: async () => this.stopAsked ?? asked.read() },
      versions: { kit: 'test' },
    };
  }

  /** What the command line puts there before a run. */
  async seed({ store }: EnginePorts): Promise<void> {
    await store.put('inputs.jsonl', INPUTS);
    await store.put('plan.json', JSON.stringify(this.plan));
  }

  /** Clients of somebody who only looks, made once. */
  private look(): ReturnType<CloudRun['ports']> {
    this.looking ??= this.ports(null);
    return this.looking;
  }

  /** One controller, from its start to its end, or to the write of the journal that it dies at. */
  async live(death: { at: number; lands: boolean } | null = null): Promise<RunEnd | 'dead' | 'refused' | 'overtaken'> {
    const looking = await this.look();
    const lease = leaseOf(looking.entries, `controller-${this.lives++}`, looking.clock);
    const taken = await lease.acquire();
    if (taken === null) return 'refused';
    // A process that dies makes no more calls, though its code goes on here.
    const door = await this.aws.door();
    let isDead = false;
    const time = this.o.sharesTime ? new SharedTime(() => this.world.nowMs, this.wait) : null;
    const waitAlive = async (seconds: number) => {
      if (isDead) throw new JournalError('dead');
      await (time ?? this).wait(seconds);
    };
    const die = (why: string) => {
      isDead = true;
      door.shut();
      time?.end(new JournalError('dead'));
      return new JournalError(why);
    };
    const ports = await this.ports(taken.token, door.url, waitAlive);
    await this.seed(ports);
    let writes = 0;
    const mortal: Journal = {
      entries: [...this.journal],
      append: (entry) => {
        writes += 1;
        if (death !== null && (writes > death.at || (writes === death.at && !death.lands))) {
          throw die('dead');
        }
        this.moments.push({ calls: this.world.calls.length, nowMs: this.world.nowMs });
        const whole = { seq: mortal.entries.length, ...entry };
        (mortal.entries as Entry[]).push(whole);
        this.journal.push(whole);
        if (death !== null && writes === death.at) throw die('dies here');
      },
    };
    const registry = time?.of(workflows(ports)) ?? workflows(ports);
    let renewedMs = this.world.nowMs;
    const wait = waitHolding(waitAlive, async () => {
      if (this.world.nowMs < renewedMs + RENEW_SECONDS * 1000) return true;
      renewedMs = this.world.nowMs;
      return lease.renew();
    });
    const carry = () => registry['sweep']!(JournalWorkflow.root(mortal, `${this.runId}/e1`, registry, wait), null);
    if (death === null) {
      const end = await runSweep(ports, carry, wait).catch((error) => {
        if (error instanceof LeaseLost) return 'overtaken' as const;
        throw error;
      });
      await lease.release();
      return end;
    }
    const carried = carry();
    // What was under way when it died still reaches AWS.
    await carried.catch(() => undefined);
    if (!isDead) return runSweep(ports, () => carried, this.wait);
    this.deaths += 1;
    return 'dead';
  }

  /** The reaper, by its own schedule, until so many seconds have passed. */
  async reapFor(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 900) {
      await this.firing.elapse(900);
      await this.world.functions.get(guardArns.reaperFunction)!({}).catch(() => undefined);
    }
  }

  async trials(): Promise<{ trial: string; outcome: string }[]> {
    const { records } = await this.look();
    return [
      ...(await records.list()).map((m) => ({
        trial: m.trial,
        outcome: [m.validity.status, ...m.validity.reasons.map((r) => r.code)].join(':'),
      })),
      ...(await records.skipped()).map(({ trial, row }) => ({ trial, outcome: `skipped:${row.code}` })),
    ];
  }

  async balance(): Promise<Balance> {
    return (await this.look()).ledger.balance();
  }

  async receipt(): Promise<Receipt | null> {
    const text = await (await this.look()).store.get('receipt.json');
    return text === null ? null : receiptSchema.parse(JSON.parse(text));
  }

  /**
   * What must hold at every end (DESIGN §9). `leaks`: parts of the ARNs that somebody was told of instead; `end`: of a
   * controller that came to one, whose word and whose receipt are held against what exists.
   */
  async invariants(o: { leaks?: string[]; ended?: boolean; end?: RunEnd } = {}): Promise<void> {
    if (o.end !== undefined) await this.truthful(o.end);
    const alive = this.world.alive().filter((arn) => !(o.leaks ?? []).some((part) => arn.includes(part)));
    expect(alive, 'alive').toEqual([]);
    expect(this.world.mistakes, 'mistakes').toEqual([]);
    const trials = await this.trials();
    expect(new Set(trials.map(({ trial }) => trial)).size, 'one terminal record a trial').toBe(trials.length);
    if (o.ended !== false) {
      const screens = this.plan.trials.filter(({ purpose }) => purpose === 'screen').map(({ id }) => id);
      expect(trials.map(({ trial }) => trial)).toEqual(expect.arrayContaining(screens));
    }
    const { spentUsd, reservedUsd } = await this.balance();
    const committed = Math.max(this.committedUsd, spentUsd + reservedUsd);
    if ((o.leaks ?? []).length === 0) expect(this.meter.usd(), 'bill ≤ reserved').toBeLessThanOrEqual(committed + 1e-4);
    if (this.plan.budget.usd !== null) {
      expect(committed, 'reserved ≤ budget').toBeLessThanOrEqual(this.plan.budget.usd + 1e-4);
    }
  }

  /** Whatever is alive is named, and the code it leaves with says so; what the receipt calls gone is in no listing. */
  private async truthful(end: RunEnd): Promise<void> {
    const alive = this.world.alive();
    const receipt = (await this.receipt())!;
    expect(receipt, 'the receipt says what the end says').toMatchObject({ alive: end.alive, unlisted: end.unlisted });
    expect(codesOf(end).includes(exitCodes.leak), 'a leak is exit code 6').toBe(alive.length > 0);
    for (const { name, gone } of receipt.resources) {
      if (gone) expect(alive.join('\n'), 'gone by the receipt').not.toContain(name);
      else expect(alive.join('\n'), 'left by the receipt').toContain(name);
    }
    if (alive.length > 0) return;
    const { reservedUsd, spentUsd } = await this.balance();
    expect(reservedUsd, 'nothing is held').toBe(0);
    expect(spentUsd, 'spent ≥ bill').toBeGreaterThan(this.meter.usd() - 1e-4);
    expect(receipt.spentUsd, 'and the receipt has it').toBeCloseTo(spentUsd, 5);
  }

  async close(): Promise<void> {
    await this.aws.close();
    if (this.o.dynamo === undefined) await this.dynamo.close();
  }
}

let runs = 0;

const slug = (id: string) => id.toLowerCase().replace(/[^a-z0-9]+/g, '-');

const INPUTS = [1, 2]
  .map((i) => JSON.stringify({ id: String(i), inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [i] }] }))
  .join('\n');

function leaseOf(
  entries: { api: unknown; tableName: string; runId: string },
  owner: string,
  clock: EnginePorts['clock'],
): DynamoLease {
  return new DynamoLease({ ...(entries as ConstructorParameters<typeof DynamoLease>[0]), owner, clock });
}
