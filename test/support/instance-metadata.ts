/** A loopback instance metadata service, version 2 only: without a token it answers 401, as a host of the kit does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class InstanceMetadata {
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async serve(values: Record<string, string>): Promise<InstanceMetadata> {
    const server = createServer((request, response) => {
      const path = request.url!.replace('/latest/', '');
      if (request.method === 'PUT' && path === 'api/token') return response.end('token');
      if (request.headers['x-aws-ec2-metadata-token'] !== 'token') return response.writeHead(401).end();
      const value = values[decodeURIComponent(path.replace('meta-data/', ''))];
      return value === undefined ? response.writeHead(404).end() : response.end(value);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new InstanceMetadata(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
