import { Aws } from 'aws-cdk-lib';
import { UserData } from 'aws-cdk-lib/aws-ec2';
import { type HostedModel, MODEL_ATTRIBUTE } from './hosted-model.ts';
import { WARM_POOL_SETTING } from './warm-pool.ts';

export interface InstanceUserDataProps {
  readonly model: HostedModel | null;
  readonly warmPool: boolean;
  readonly spot: boolean;
}

/** Appended to, never written anew: the GPU and Neuron images bring settings of their own. */
const AGENT_CONFIG = '/etc/ecs/ecs.config';

/**
 * What an instance does before the ECS agent starts. The name of the cluster is not written here: CDK appends it as the
 * last line, so an instance that did not get its model never joins; it ends itself and is replaced.
 */
export function instanceUserData({ model, warmPool, spot }: InstanceUserDataProps): UserData {
  const settings = [
    // Tasks have roles of their own; the instance's is not for them.
    'ECS_AWSVPC_BLOCK_IMDS=true',
    // Logs are written with the task's execution role, not the instance's.
    'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true',
    ...(warmPool ? [WARM_POOL_SETTING] : []),
    ...(spot ? ['ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'] : []),
    ...(model ? [`ECS_INSTANCE_ATTRIBUTES={"${MODEL_ATTRIBUTE}":"${model.version}"}`] : []),
  ];
  const userData = UserData.forLinux();
  userData.addCommands(
    'set -euo pipefail',
    // Not ERR: a trap on it does not reach into functions.
    "trap '[ $? -eq 0 ] || shutdown --poweroff now' EXIT",
    ...settings.map((setting) => `echo '${setting}' >> ${AGENT_CONFIG}`),
    ...(model ? model.commands(Aws.REGION) : []),
  );
  return userData;
}
