import { Duration } from 'aws-cdk-lib';
import {
  Capability,
  type ContainerDefinition,
  ContainerDependencyCondition,
  ContainerImage,
  type ContainerImageConfig,
  DevicePermission,
  type HealthCheck,
  LinuxParameters,
  LogDriver,
  type TaskDefinition,
  TmpfsMountOption,
  type Ulimit,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { HOST_PATH, MODEL_PATH } from './hosted-model.ts';
import type { InstanceHardware } from './instance-hardware.ts';
import type { ModelImage } from './model-image.ts';

/** A container that holds the model, or one that stands in front of it. */
export interface InstanceContainerProps {
  readonly image: ModelImage;
  /**
   * Environment; it is readable by whoever may describe the task, so no place for secrets.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
  /**
   * Instead of the image's own command.
   *
   * @default - the image's
   */
  readonly command?: string[];
  /** Port on which it answers. */
  readonly port: number;
  /**
   * User and group.
   *
   * @default 1000:1000
   */
  readonly user?: string;
  /**
   * Whether it may write to `/tmp` only, which is then memory.
   *
   * @default true
   */
  readonly readonlyRootFilesystem?: boolean;
}

export interface ServerProps extends InstanceContainerProps {
  /**
   * `/dev/shm`, in MiB.
   *
   * @default - Docker's 64 MiB
   */
  readonly sharedMemoryMib?: number;
}

interface Placement {
  readonly hardware: InstanceHardware;
  readonly logGroup: ILogGroup;
  /** Shares of the processors, 1,024 each; together the containers fill the instance. */
  readonly cpu: number;
}

/** Enough for what compilers and tokenisers put there. */
const TMP_MIB = 1024;

/** What Triton's own instructions ask of Docker (runtimes.md §2): pinned memory, deep recursion, many connections. */
const ULIMITS: Ulimit[] = [
  { name: UlimitName.MEMLOCK, softLimit: -1, hardLimit: -1 },
  { name: UlimitName.STACK, softLimit: 67_108_864, hardLimit: 67_108_864 },
  { name: UlimitName.NOFILE, softLimit: 65_536, hardLimit: 65_536 },
];

/** How a container that waits for the server learns that it is ready. */
export interface Readiness {
  /** Path that answers 200 once requests may come. */
  readonly healthCheckPath: string;
  /** How long that may take. */
  readonly startupTimeout: Duration;
}

/**
 * The container that holds the model and every accelerator of the instance.
 *
 * @param readiness only where another container waits for it; the task as a whole is judged by the load balancer
 */
export function addServer(
  task: TaskDefinition,
  props: ServerProps,
  placement: Placement & { hostedModel: boolean },
  readiness: Readiness | null,
): ContainerDefinition {
  const { hardware, hostedModel } = placement;
  const linuxParameters = linuxParametersOf(task, 'Server', props, props.sharedMemoryMib);
  // ECS hands out GPUs but knows no Inferentia chip: each is passed by its path (aws.md §2.6).
  for (let chip = 0; chip < hardware.neuronDevices; chip++) {
    linuxParameters.addDevices({
      hostPath: `/dev/neuron${chip}`,
      containerPath: `/dev/neuron${chip}`,
      permissions: [DevicePermission.READ, DevicePermission.WRITE],
    });
  }
  const container = task.addContainer('Server', {
    ...optionsOf(props, placement, 'server'),
    linuxParameters,
    ulimits: ULIMITS,
    healthCheck: readiness ? healthCheck(props.port, readiness) : undefined,
    // Without it the agent gives the waiting container up after 3 minutes.
    startTimeout: readiness?.startupTimeout,
    gpuCount: hardware.gpus === 0 ? undefined : hardware.gpus,
    // Half is reserved, nothing is limited: the processors fill the instance, so nobody else is there to use the rest.
    memoryReservationMiB: Math.floor(hardware.memoryMib / 2),
  });
  if (hostedModel) {
    task.addVolume({ name: 'model', host: { sourcePath: HOST_PATH } });
    container.addMountPoints({ sourceVolume: 'model', containerPath: MODEL_PATH, readOnly: true });
  }
  return container;
}

/** A container that takes the requests and speaks to the server over the loopback of their task. */
export function addFront(
  task: TaskDefinition,
  props: InstanceContainerProps,
  placement: Placement,
  server: ContainerDefinition,
): ContainerDefinition {
  const front = task.addContainer('Front', {
    ...optionsOf(props, placement, 'front'),
    linuxParameters: linuxParametersOf(task, 'Front', props),
    memoryReservationMiB: Math.floor(placement.hardware.memoryMib / 8),
  });
  // It would only refuse what the server cannot answer yet.
  front.addContainerDependencies({ container: server, condition: ContainerDependencyCondition.HEALTHY });
  return front;
}

function optionsOf(props: InstanceContainerProps, { logGroup, cpu }: Placement, streamPrefix: string) {
  return {
    image: new EcrImage(props.image),
    command: props.command,
    environment: props.environment,
    user: props.user ?? '1000:1000',
    readonlyRootFilesystem: props.readonlyRootFilesystem ?? true,
    cpu,
    portMappings: [{ containerPort: props.port }],
    logging: LogDriver.awsLogs({ logGroup, streamPrefix }),
    // ECS kills after it; the server drains for 25 s.
    stopTimeout: Duration.seconds(30),
  };
}

/** Limits of ECS: 300 s in which failures do not count, then 10 tries 300 s apart. */
const GRACE_S = 300;
const TRIES = 10;

/** By Python, which every serving image has; curl is not in all of them. */
function healthCheck(port: number, { healthCheckPath, startupTimeout }: Readiness): HealthCheck {
  const startupS = startupTimeout.toSeconds();
  const longest = GRACE_S + TRIES * 300;
  if (startupS > longest)
    throw new Error(
      `startupTimeout is ${startupS} s, and a front can wait for its server ${longest} s at most. Shorten the start: build engines and caches before the deployment.`,
    );
  const ask = `import urllib.request as u; u.urlopen('http://127.0.0.1:${port}${healthCheckPath}', timeout=4)`;
  return {
    command: ['CMD', 'python3', '-c', ask],
    interval: Duration.seconds(Math.max(10, Math.ceil((startupS - GRACE_S) / TRIES))),
    timeout: Duration.seconds(5),
    retries: TRIES,
    startPeriod: Duration.seconds(GRACE_S),
  };
}

function linuxParametersOf(
  scope: Construct,
  id: string,
  props: InstanceContainerProps,
  sharedMemoryMib?: number,
): LinuxParameters {
  const parameters = new LinuxParameters(scope, `${id}Linux`, { sharedMemorySize: sharedMemoryMib });
  parameters.dropCapabilities(Capability.ALL);
  if (props.readonlyRootFilesystem ?? true) {
    parameters.addTmpfs({
      containerPath: '/tmp',
      size: TMP_MIB,
      // Docker's default is noexec, and torch.compile loads what it has compiled there.
      mountOptions: [TmpfsMountOption.EXEC, TmpfsMountOption.NOSUID, TmpfsMountOption.NODEV],
    });
  }
  return parameters;
}

/** `ContainerImage.fromRegistry` would warn of missing permissions, for it cannot see that they are granted. */
class EcrImage extends ContainerImage {
  private readonly image: ModelImage;

  constructor(image: ModelImage) {
    super();
    this.image = image;
  }

  override bind(_scope: Construct, { taskDefinition }: ContainerDefinition): ContainerImageConfig {
    this.image.grantPull(taskDefinition.obtainExecutionRole());
    return { imageName: this.image.uri };
  }
}
