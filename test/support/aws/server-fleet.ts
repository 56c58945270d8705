/**
 * Instances of a service that the loopback AWS plays: real server processes, and a balancer that hands each request to the one
 * with the fewest in flight.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '..', 'fleet-server.mjs');

/** Of one instance: `fleet-server.mjs`. */
export interface ServerOptions {
  serviceMs: number;
  slots: number;
  queueBound: number;
}

export interface Instance {
  port: number;
  /** Takes requests. */
  serves: boolean;
}

interface Running extends Instance {
  child: ChildProcess;
  outstanding: number;
}

export class ServerFleet {
  private running: Running[] = [];
  private counted = 0;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly balancer: Server;

  private constructor() {
    this.balancer = createServer((incoming, outgoing) => {
      incoming.resume();
      // Of SageMaker's hosting; load balancers ask each instance.
      if (incoming.url === '/ping') return outgoing.end();
      this.counted++;
      const serving = this.running.filter(({ serves }) => serves);
      if (serving.length === 0) return outgoing.writeHead(503).end();
      const least = serving.reduce((best, i) => (i.outstanding < best.outstanding ? i : best));
      least.outstanding++;
      const sent = request({ host: '127.0.0.1', port: least.port, agent: this.agent }, (answer) => {
        answer.resume().on('end', () => {
          least.outstanding--;
          outgoing.writeHead(answer.statusCode!, { 'content-type': 'application/json' }).end('{}');
        });
      });
      sent.on('error', () => outgoing.writeHead(502).end()).end();
    });
    this.balancer.keepAliveTimeout = 600_000;
  }

  static async start(): Promise<ServerFleet> {
    const fleet = new ServerFleet();
    fleet.balancer.listen(0, '127.0.0.1');
    await once(fleet.balancer, 'listening');
    return fleet;
  }

  get port(): number {
    return (this.balancer.address() as AddressInfo).port;
  }

  get instances(): readonly Instance[] {
    return this.running;
  }

  /** Requests since it was last asked. */
  take(): number {
    const { counted } = this;
    this.counted = 0;
    return counted;
  }

  /** Listens when it is there; takes requests when `serves` says so. */
  async add(options: ServerOptions, serves: boolean): Promise<Instance> {
    const child = spawn(process.execPath, [entry, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout!, 'data')) as [Buffer];
    const instance = { child, port: Number(said), outstanding: 0, serves };
    this.running = [...this.running, instance];
    return instance;
  }

  close(): void {
    this.balancer.closeAllConnections();
    this.balancer.close();
    this.agent.destroy();
    for (const { child } of this.running) child.kill('SIGKILL');
    this.running = [];
  }
}
