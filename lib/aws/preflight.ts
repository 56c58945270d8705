/** Asks an account, without changing anything in it, everything that would make a run fail later. */
import type { EC2 } from '@aws-sdk/client-ec2';
import type { Lambda } from '@aws-sdk/client-lambda';
import type { SSM } from '@aws-sdk/client-ssm';
import type { STS } from '@aws-sdk/client-sts';
import type { Quota, QuotaKey } from '../core/catalog/quota.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { AccountAnswers } from '../core/preflight/account-answers.ts';
import type { Asked } from '../core/preflight/fact.ts';
import { type AccountReport, judgeAccount } from '../core/preflight/judge-account.ts';
import { offeredTypesOf } from '../core/preflight/offerings.ts';
import { quotaKeys } from '../core/preflight/quotas.ts';
import { judgeLab, parametersOf } from '../core/preflight/sites.ts';
import { asked } from './asked.ts';
import { subnetZones, zonesOf } from './offerings.ts';
import { type EndpointsApi, endpointInstances, instanceVcpus, inUseOf } from './quota-usage.ts';
import { type QuotasApi, readQuota } from './quotas.ts';
import { isNamed } from './reap/kind-adapter.ts';

export interface PreflightClients {
  sts: Pick<STS, 'getCallerIdentity'>;
  ssm: Pick<SSM, 'getParameters'>;
  lambda: Pick<Lambda, 'listDurableExecutionsByFunction'>;
  quotas: QuotasApi;
  ec2: Pick<EC2, 'describeInstanceTypeOfferings' | 'describeSubnets' | 'describeInstances'>;
  sagemaker: EndpointsApi;
}

/** Reads, judges, never throws for what an account refuses. @param plan null to look at the account alone. */
export async function examineAccount(
  clients: PreflightClients,
  { region, plan }: { region: string; plan: Plan | null },
): Promise<AccountReport> {
  // One call before the parallel ones: a wrong clock or an expired login is then corrected, or said, once.
  const identity = await asked(() => whoAmI(clients.sts));
  if (!identity.ok) return judgeAccount(unanswered(region, identity), plan);
  const [parameters, durable, quotas, offerings] = await Promise.all([
    asked(() => readParameters(clients.ssm, parametersOf(plan))),
    asked(() => knowsDurable(clients.lambda)),
    readQuotas(clients, plan),
    asked(() => zonesOf(clients.ec2, offeredTypesOf(plan))),
  ]);
  const answers: AccountAnswers = {
    region,
    identity,
    parameters,
    durable,
    quotas,
    offerings,
    subnetZones: null,
  };
  const lab = judgeLab(answers).document;
  if (lab && offeredTypesOf(plan).length > 0) {
    answers.subnetZones = await asked(() => subnetZones(clients.ec2, lab.subnets));
  }
  return judgeAccount(answers, plan);
}

async function whoAmI(sts: PreflightClients['sts']): Promise<{ account: string; arn: string }> {
  const { Account, Arn } = await sts.getCallerIdentity({});
  return { account: Account!, arn: Arn! };
}

/** Nobody answers a caller without an identity, and one row says so. */
function unanswered(region: string, identity: Extract<AccountAnswers['identity'], { ok: false }>): AccountAnswers {
  const nobody: Asked<never> = { ok: false, why: 'there is no identity to ask with' };
  return { region, identity, parameters: nobody, durable: nobody, quotas: {}, offerings: nobody, subnetZones: null };
}

/** GetParameters takes ten names and lists those that do not exist. */
const NAMES_PER_CALL = 10;

async function readParameters(
  ssm: PreflightClients['ssm'],
  names: readonly string[],
): Promise<{ [name: string]: string | null }> {
  const values: { [name: string]: string | null } = Object.fromEntries(names.map((name) => [name, null]));
  for (let i = 0; i < names.length; i += NAMES_PER_CALL) {
    const { Parameters } = await ssm.getParameters({ Names: names.slice(i, i + NAMES_PER_CALL) });
    for (const { Name, Value } of Parameters ?? []) values[Name!] = Value ?? null;
  }
  return values;
}

/** A function that nobody has: its absence is the answer of a Lambda that knows the operation. */
const NO_FUNCTION = 'infersweep-no-such-function';

/**
 * Whether Lambda knows durable executions here. Regions differ, and a resource's schema in CloudFormation proves nothing, so
 * the service is asked. What it answers where it does not know them is not documented: everything that says that the
 * operation itself is unknown counts as no, a refusal by IAM as no answer.
 */
export async function knowsDurable(lambda: PreflightClients['lambda']): Promise<boolean> {
  try {
    await lambda.listDurableExecutionsByFunction({ FunctionName: NO_FUNCTION });
    return true;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return true;
    const unknown = /unable to determine service\/operation|unknown ?operation|not supported in this region/i;
    if (error instanceof Error && unknown.test(`${error.name} ${error.message}`)) return false;
    throw error;
  }
}

async function readQuotas(clients: PreflightClients, plan: Plan | null): Promise<AccountAnswers['quotas']> {
  const keys = quotaKeys(plan);
  const counted = {
    instances: keys.some(({ service }) => service === 'sagemaker')
      ? await orNull(() => endpointInstances(clients.sagemaker))
      : null,
    vcpus: keys.some(({ service }) => service === 'ec2') ? await orNull(() => instanceVcpus(clients.ec2)) : null,
  };
  const answers: AccountAnswers['quotas'] = {};
  // One after the other: Service Quotas throttles early.
  for (const key of keys) answers[key.name] = await asked(() => withUse(clients.quotas, key, counted));
  return answers;
}

async function withUse(api: QuotasApi, key: QuotaKey, counted: Parameters<typeof inUseOf>[1]): Promise<Quota | null> {
  const quota = await readQuota(api, key);
  return quota && { ...quota, inUse: inUseOf(key, counted) };
}

/** What is in use only sharpens the answer: without the right to count, the quota still tells. */
async function orNull<T>(count: () => Promise<T>): Promise<T | null> {
  const answer = await asked(count);
  return answer.ok ? answer.value : null;
}
