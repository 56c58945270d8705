import { type ContainerDefinition, Ec2TaskDefinition, NetworkMode, PlacementConstraint } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type HostedModel, MODEL_ATTRIBUTE } from './hosted-model.ts';
import {
  addFront,
  addServer,
  type InstanceContainerProps,
  type Readiness,
  type ServerProps,
} from './instance-container.ts';
import type { InstanceHardware } from './instance-hardware.ts';

export interface InstanceTaskProps extends ServerProps, Readiness {
  /** Types of instance it may run on, the chosen one first. */
  readonly types: readonly InstanceHardware[];
  readonly model: HostedModel | null;
  readonly front?: InstanceContainerProps;
  readonly logRetention?: RetentionDays;
  readonly logKey?: IKey;
}

export interface InstanceTask {
  readonly task: Ec2TaskDefinition;
  /** The container that takes the requests, and where. */
  readonly entry: ContainerDefinition;
  readonly port: number;
}

/** One task for one instance: the server with every accelerator, and the front where there is one. */
export function createTask(scope: Construct, props: InstanceTaskProps): InstanceTask {
  const { types, model, front } = props;
  const task = new Ec2TaskDefinition(scope, 'Task', {
    networkMode: NetworkMode.AWS_VPC,
    placementConstraints: placementOf(types, model).map((expression) => PlacementConstraint.memberOf(expression)),
  });
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    encryptionKey: props.logKey,
  });
  // It must fit the smallest instance that it may meet.
  const least = (of: (type: InstanceHardware) => number) => Math.min(...types.map(of));
  const hardware = { ...types[0]!, vcpu: least(({ vcpu }) => vcpu), memoryMib: least(({ memoryMib }) => memoryMib) };
  const cpu = hardware.vcpu * 1024;
  const frontCpu = front ? cpu / 4 : 0;
  const placement = { hardware, logGroup };
  const server = addServer(
    task,
    props,
    { ...placement, cpu: cpu - frontCpu, hostedModel: model !== null },
    front ? props : null,
  );
  if (!front) return { task, entry: server, port: props.port };
  if (front.port === props.port)
    throw new Error(
      `front and server both listen on ${front.port}, and they share one loopback. Give one of them another port.`,
    );
  return { task, entry: addFront(task, front, { ...placement, cpu: frontCpu }, server), port: front.port };
}

/** Tasks of a new type or model wait for their instances, so a deployment replaces both together. */
function placementOf(types: readonly InstanceHardware[], model: HostedModel | null): string[] {
  const names = types.map(({ type }) => type);
  return [
    names.length === 1
      ? `attribute:ecs.instance-type == ${names[0]}`
      : `attribute:ecs.instance-type in [${names.join(', ')}]`,
    ...(model ? [`attribute:${MODEL_ATTRIBUTE} == ${model.version}`] : []),
  ];
}
