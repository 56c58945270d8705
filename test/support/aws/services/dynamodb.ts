/** DynamoDB as dynalite plays it, its conditions and its limits included, behind the one endpoint of the loopback AWS. */

import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { AwsReply, AwsRequest, Service } from '../service.ts';

export const ledgerTable = 'guard-ledger';

export interface LoopbackDynamo {
  service: Service;
  close(): Promise<void>;
}

/** With the guard's table in it. */
export async function startDynamo(): Promise<LoopbackDynamo> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const api = new DynamoDB({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await api.createTable({
    TableName: ledgerTable,
    KeySchema: [
      { AttributeName: 'run', KeyType: 'HASH' },
      { AttributeName: 'entry', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'run', AttributeType: 'S' },
      { AttributeName: 'entry', AttributeType: 'S' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
  api.destroy();
  return {
    service: dynamodb(server),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const type = 'application/x-amz-json-1.0';

function dynamodb(server: Server): Service {
  return {
    iam: 'dynamodb',
    operationOf: ({ headers }) => headers['x-amz-target']?.split('.').at(-1) ?? 'Unknown',
    answer: (_world, _operation, request) => forward(server, request),
    error: ({ code, message, status }) => ({
      status,
      type,
      body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message }),
    }),
  };
}

/** Within this process: a second HTTP exchange for each call would cost as much as all that dynalite does. */
function forward(server: Server, { headers, body }: AwsRequest): Promise<AwsReply> {
  return new Promise((done) => {
    const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
    const response = {
      statusCode: 200,
      setHeader: () => undefined,
      end(text: string) {
        done({ status: this.statusCode, type, body: text });
      },
    };
    server.emit('request', request, response);
    request.emit('data', body);
    request.emit('end');
  });
}
