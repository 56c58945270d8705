/** The contract of the port on a durable execution, with real timers, inline and over calls to other functions. */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll } from 'vitest';
import { workflowContract } from '../contracts/workflow.contract.ts';
import { durableExecution } from '../support/durable-execution.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

workflowContract('a durable execution, calls inline', () => durableExecution());
workflowContract('a durable execution, calls as executions of their own', () => durableExecution(true));
