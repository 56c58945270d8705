/**
 * A real fleet on this machine: a process for each instance behind an HTTP balancer on loopback, grown and shrunk in real time
 * by the kit's own policy. Time runs `speed` times as fast as the policy believes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ScalingValues } from '../../lib/core/scale/scaling-values.ts';
import { alarmPhaseS } from '../../lib/core/scale/simulation/alarm-phase.ts';
import type { Assumptions } from '../../lib/core/scale/simulation/assumptions.ts';
import type { MetricPoint } from '../../lib/core/scale/simulation/metric-series.ts';
import { startTimes } from '../../lib/core/scale/simulation/start-times.ts';
import { type Change, TargetTracking } from '../../lib/core/scale/simulation/target-tracking.ts';

const entry = join(import.meta.dirname, 'fleet-server.mjs');

export interface ServiceSketch {
  serviceMs: number;
  slots: number;
  queueBound: number;
}

export interface LiveInput {
  service: ServiceSketch;
  values: ScalingValues;
  assumed: Assumptions;
  /** Seconds of the policy's time in a second of ours. */
  speed: number;
  /** Of start times and the alarms' phase: what a simulation draws of the same seed. */
  seed: number;
}

interface Instance {
  child: ChildProcess;
  agent: Agent;
  port: number;
  outstanding: number;
  leaving: boolean;
  launchedMs: number;
  endedMs: number | null;
}

export interface LiveResult {
  requests: number;
  late: number;
  missShare: number;
  /** In the policy's seconds. */
  instanceSeconds: number;
  /** Requests per instance and minute, as the policy saw them. */
  metric: readonly MetricPoint[];
  activities: (Change & { decidedS: number; endedS: number | null })[];
  /** Share of requests that left more than a tenth of the limit after their time: the machine's doing, not the fleet's. */
  lateSendShare: number;
  /** Worst delay of a start after its drawn time, in the policy's seconds. */
  latestStartS: number;
  /** From each request's time until the balancer counted it, real seconds. */
  countLagS: Float64Array;
  /** By which each evaluation came late, in the policy's seconds. */
  evaluatedLateS: readonly number[];
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export class LiveFleet {
  private readonly input: LiveInput;
  private readonly policy: TargetTracking;
  private readonly all: Instance[] = [];
  private serving: Instance[] = [];
  private readonly balancer: Server;
  private readonly clients = new Agent({ keepAlive: true });
  private readonly startOf: (launch: number, action: number) => number;
  private readonly timers = new Set<NodeJS.Timeout>();
  private zeroMs = Number.NaN;
  private desired: number;
  private launches: number;
  private latestStartS = 0;
  private readonly evaluatedLateS: number[] = [];
  /** When the balancer had each request. */
  private countedMs = new Float64Array();
  private readonly activities: LiveResult['activities'] = [];

  constructor(input: LiveInput) {
    this.input = input;
    this.policy = new TargetTracking(input.values, input.assumed);
    this.startOf = startTimes(input.assumed, input.seed);
    this.desired = input.values.initialCapacity;
    this.launches = this.desired;
    this.balancer = createServer((incoming, outgoing) => {
      incoming.resume();
      this.countedMs[Number(incoming.url!.slice(1))] = performance.now();
      const least = this.serving.reduce<Instance | null>(
        (best, i) => (best === null || i.outstanding < best.outstanding ? i : best),
        null,
      );
      if (!Number.isNaN(this.zeroMs)) this.policy.count(this.nowS(), 1, this.serving.length);
      if (least === null) outgoing.writeHead(503).end();
      else this.forward(least, (status) => outgoing.writeHead(status).end());
    });
    this.balancer.keepAliveTimeout = 600_000;
  }

  /** Starts what serves from the beginning. */
  async open(): Promise<void> {
    this.balancer.listen(0, '127.0.0.1');
    await once(this.balancer, 'listening');
    this.serving = await Promise.all(Array.from({ length: this.desired }, () => this.spawn()));
  }

  /** Sends at each time (the policy's seconds, ascending) whatever the answers do, and scales meanwhile. */
  async replay(arrivals: Float64Array, endS: number, sloMs: number): Promise<LiveResult> {
    const { speed, assumed, seed } = this.input;
    this.zeroMs = performance.now();
    for (const i of this.all) i.launchedMs = this.zeroMs;
    const phaseS = alarmPhaseS(assumed, seed);
    this.at(phaseS, () => this.evaluate(phaseS));
    const latencies = new Float64Array(arrivals.length).fill(Number.POSITIVE_INFINITY);
    this.countedMs = new Float64Array(arrivals.length).fill(Number.NaN);
    let lateSends = 0;
    for (let n = 0; n < arrivals.length; n++) {
      const dueMs = this.zeroMs + (arrivals[n]! / speed) * 1000;
      for (let left = dueMs - performance.now(); left > 0.5; left = dueMs - performance.now()) await sleep(left);
      if (performance.now() - dueMs > sloMs / 10) lateSends++;
      this.send(n, (good) => {
        latencies[n] = good ? performance.now() - dueMs : Number.POSITIVE_INFINITY;
      });
    }
    await sleep(Math.max(0, this.zeroMs + (endS / speed) * 1000 - performance.now()));
    const endMs = performance.now();
    for (const t of this.timers) clearTimeout(t);
    await sleep(2 * sloMs);
    const late = latencies.filter((ms) => ms > sloMs).length;
    const paidMs = this.all.reduce((sum, i) => sum + Math.min(i.endedMs ?? endMs, endMs) - i.launchedMs, 0);
    return {
      requests: arrivals.length,
      late,
      missShare: late / arrivals.length,
      instanceSeconds: (paidMs / 1000) * speed,
      metric: this.policy.facts().points,
      activities: this.activities,
      lateSendShare: lateSends / arrivals.length,
      latestStartS: this.latestStartS,
      evaluatedLateS: this.evaluatedLateS,
      countLagS: this.countedMs.map((ms, n) => (ms - this.zeroMs) / 1000 - arrivals[n]! / speed),
    };
  }

  /** One request; what it took in milliseconds, or null for a refusal. */
  probe(): Promise<number | null> {
    const from = performance.now();
    return new Promise((resolve) => this.send(0, (good) => resolve(good ? performance.now() - from : null)));
  }

  /** Ends every process. */
  async close(): Promise<void> {
    for (const t of this.timers) clearTimeout(t);
    await Promise.all(
      this.all.map(async ({ child, agent }) => {
        agent.destroy();
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
    this.clients.destroy();
    this.balancer.closeAllConnections();
    this.balancer.close();
  }

  private nowS(): number {
    return ((performance.now() - this.zeroMs) / 1000) * this.input.speed;
  }

  private at(atS: number, act: () => void): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        act();
      },
      ((atS - this.nowS()) / this.input.speed) * 1000,
    );
    this.timers.add(timer);
  }

  /** @param dueS by which the next is due, too: a late timer delays one evaluation, not all that follow */
  private evaluate(dueS: number): void {
    const { evaluateEveryS, actionS } = this.input.assumed;
    const nowS = this.nowS();
    this.evaluatedLateS.push(nowS - dueS);
    this.at(dueS + evaluateEveryS, () => this.evaluate(dueS + evaluateEveryS));
    const change = this.policy.evaluate(nowS, { desired: this.desired, active: this.serving.length });
    if (change === null) return;
    this.desired = change.to;
    const activity = { ...change, decidedS: nowS, endedS: null as number | null };
    const action = this.activities.push(activity) - 1;
    if (change.direction === 'in') {
      for (let n = change.from - change.to; n > 0; n--) {
        const leaving = this.serving.pop()!;
        leaving.leaving = true;
        this.endIfIdle(leaving);
      }
    } else {
      this.at(nowS + actionS, () => void this.launch(activity, action));
    }
  }

  private async launch(activity: LiveResult['activities'][number], action: number): Promise<void> {
    const launchedS = this.nowS();
    await Promise.all(
      Array.from({ length: activity.to - activity.from }, async () => {
        const upS = launchedS + this.startOf(this.launches++, action);
        const instance = await this.spawn();
        await sleep(Math.max(0, ((upS - this.nowS()) / this.input.speed) * 1000));
        this.latestStartS = Math.max(this.latestStartS, this.nowS() - upS);
        this.serving.push(instance);
      }),
    );
    activity.endedS = this.nowS();
    this.policy.settled(activity.endedS);
  }

  private async spawn(): Promise<Instance> {
    const launchedMs = performance.now();
    const child = spawn(process.execPath, [entry, JSON.stringify(this.input.service)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const agent = new Agent({ keepAlive: true });
    const instance: Instance = { child, agent, port: 0, outstanding: 0, leaving: false, launchedMs, endedMs: null };
    this.all.push(instance);
    child.on('exit', () => {
      instance.endedMs = performance.now();
    });
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    instance.port = Number(line.toString());
    return instance;
  }

  private forward(instance: Instance, answered: (status: number) => void): void {
    instance.outstanding++;
    const end = (status: number) => {
      instance.outstanding--;
      answered(status);
      this.endIfIdle(instance);
    };
    ask({ port: instance.port, agent: instance.agent, path: '/' }, end);
  }

  private send(n: number, answered: (good: boolean) => void): void {
    const { port } = this.balancer.address() as AddressInfo;
    ask({ port, agent: this.clients, path: `/${n}` }, (status) => answered(status === 200));
  }

  private endIfIdle(instance: Instance): void {
    if (!instance.leaving || instance.outstanding > 0) return;
    instance.agent.destroy();
    instance.child.stdin!.end();
  }
}

interface Way {
  port: number;
  agent: Agent;
  path: string;
}

function ask(way: Way, answered: (status: number) => void): void {
  const sent = request({ host: '127.0.0.1', ...way, method: 'GET', timeout: 30_000 }, (response) => {
    response.resume().on('end', () => answered(response.statusCode ?? 599));
  });
  sent.on('timeout', () => sent.destroy(new Error('timeout')));
  sent.on('error', () => answered(599));
  sent.end();
}
