import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { InferenceEndpoint } from './inference-endpoint.ts';

export interface EndpointExpiryProps {
  readonly endpoint: InferenceEndpoint;
  /** When the endpoint is deleted, whoever has forgotten it. */
  readonly expiresAt: Date;
}

/**
 * Ends what an endpoint costs at a set time, without a function: Scheduler calls DeleteEndpoint. The rest of the stack goes
 * with `cdk destroy`, which does not mind that the endpoint is gone.
 */
export class EndpointExpiry extends Construct {
  constructor(scope: Construct, id: string, { endpoint, expiresAt }: EndpointExpiryProps) {
    super(scope, id);
    new Schedule(this, 'Delete', {
      description: 'Deletes the endpoint, once',
      schedule: ScheduleExpression.at(expiresAt),
      target: new Universal({
        service: 'sagemaker',
        action: 'deleteEndpoint',
        input: ScheduleTargetInput.fromObject({ EndpointName: endpoint.endpointName }),
        policyStatements: [
          new PolicyStatement({ actions: ['sagemaker:DeleteEndpoint'], resources: [endpoint.endpointArn] }),
        ],
        // An endpoint that is being updated refuses; a day of attempts outlasts that.
        maxEventAge: Duration.days(1),
      }),
    });
  }
}
