import { EC2 } from '@aws-sdk/client-ec2';
import { Lambda } from '@aws-sdk/client-lambda';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import type { PreflightClients } from './preflight.ts';

/** The part of a client's configuration that is common to all services. */
export type ClientConfig = ConstructorParameters<typeof STS>[0] & { region: string };

export function preflightClients(config: ClientConfig): PreflightClients {
  const { region, endpoint, credentials, maxAttempts } = config;
  const common = {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  };
  return {
    sts: new STS(common),
    ssm: new SSM(common),
    lambda: new Lambda(common),
    quotas: new ServiceQuotas(common),
    ec2: new EC2(common),
    sagemaker: new SageMaker(common),
  };
}
