/** The account behind the credentials of the environment, in one region. */
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Pricing } from '@aws-sdk/client-pricing';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { PRICE_LIST_REGION } from '../core/catalog/price-list.ts';
import type { Plan } from '../core/plan/plan.ts';
import { inProduction } from './in-production.ts';
import { examineAccount } from './preflight.ts';
import { preflightClients } from './preflight-clients.ts';
import { readPrices } from './prices.ts';
import { productionService } from './production-service.ts';

/** Composed by `bin/` into what the verbs ask. */
export function awsAccess({ region, now }: { region: string; now: () => Date }) {
  return {
    examine: (plan: Plan | null) => examineAccount(preflightClients({ region }), { region, plan }),
    prices: (instanceTypes: readonly string[]) =>
      readPrices(new Pricing({ region: PRICE_LIST_REGION }), {
        region,
        instanceTypes,
        today: now().toISOString().slice(0, 10),
      }),
    recommenderJob: (JobName: string): Promise<unknown> =>
      new SageMaker({ region }).describeInferenceRecommendationsJob({ JobName }),
    inProduction: (experiment: string) => inProduction(new ResourceGroupsTaggingAPI({ region }), experiment),
    service: (arn: string) =>
      productionService(
        {
          sagemaker: new SageMaker({ region }),
          ecs: new ECS({ region }),
          balancing: new ElasticLoadBalancingV2({ region }),
          scaling: new ApplicationAutoScaling({ region }),
          cloudwatch: new CloudWatch({ region }),
        },
        { arn, region, runtimeUrl: process.env['AWS_ENDPOINT_URL'] },
      ),
  };
}
