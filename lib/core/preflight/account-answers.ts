/** What was asked of an AWS account before a run; everything that is judged in this folder. */
import type { Quota } from '../catalog/quota.ts';
import type { Asked } from './fact.ts';

export interface AccountAnswers {
  region: string;
  identity: Asked<{ account: string; arn: string }>;
  /** Values of the SSM parameters asked for, by name; absent ones are null. */
  parameters: Asked<{ [name: string]: string | null }>;
  /** Whether Lambda in this region knows durable executions. */
  durable: Asked<boolean>;
  /** By the key's name, for every quota that the plan needs; null where the account has none of that name. */
  quotas: { [name: string]: Asked<Quota | null> };
  /** Zones that offer an EC2 instance type; empty where none does. */
  offerings: Asked<{ [instanceType: string]: string[] }>;
  /** Zone of each subnet of the Lab; null where there is no Lab to ask for. */
  subnetZones: Asked<{ [subnet: string]: string }> | null;
}
