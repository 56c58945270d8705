import { Annotations, Resource, Stack, Token } from 'aws-cdk-lib';
import {
  Connections,
  type IConnectable,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { CfnPolicy, type IGrantable, type IPrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { createExecutionRole, grantNetwork, grantObservability } from './execution-role.ts';
import type { ModelData } from './model-data.ts';
import type { ModelImage } from './model-image.ts';

export interface InferenceModelProps {
  /** The model server. */
  readonly image: ModelImage;
  /** The model's files. */
  readonly modelData: ModelData;
  /**
   * Environment of the container: at most 100 entries, 1,024 bytes each. It is readable by whoever may describe the
   * model, so no place for secrets.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
  /**
   * What the container runs as. Grants for logs, image and model files are added to it.
   *
   * @default - a new role with just these
   */
  readonly role?: IRole;
  /**
   * Cuts the container off from every network, S3 included; SageMaker still brings it the model and the requests.
   * Switch it off only for a server that fetches something at start-up.
   *
   * @default true
   */
  readonly networkIsolation?: boolean;
  /**
   * VPC through which model files are downloaded and in which the container has its interfaces.
   *
   * @default - SageMaker's own network
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the VPC.
   *
   * @default - private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups of the container's interfaces; at most five.
   *
   * @default - a new one without ingress, when there is a VPC
   */
  readonly securityGroups?: ISecurityGroup[];
}

/** A model server and its model: what an endpoint runs. */
export class InferenceModel extends Resource implements IGrantable, IConnectable {
  /** Name that CloudFormation made. */
  readonly modelName: string;
  /** What the container runs as. */
  readonly role: IRole;
  readonly grantPrincipal: IPrincipal;
  private readonly network: Connections | null;

  constructor(scope: Construct, id: string, props: InferenceModelProps) {
    super(scope, id);
    assertRegion(props.image, this);
    if (!props.image.pinned) {
      Annotations.of(this).addWarningV2(
        'infersweep:image-not-pinned',
        `image ${props.image.uri} is named by a tag: instances started later may run another image than was measured. Name it by @sha256:… instead.`,
      );
    }
    this.role = props.role ?? createExecutionRole(this, 'Role');
    this.grantPrincipal = this.role.grantPrincipal;
    grantObservability(this.role, this);
    props.image.grantPull(this.role);
    const securityGroups = props.vpc ? (props.securityGroups ?? [newSecurityGroup(this, props.vpc)]) : [];
    this.network = props.vpc ? new Connections({ securityGroups }) : null;
    if (props.vpc) grantNetwork(this.role, this);

    const model = new CfnModel(this, 'Model', {
      executionRoleArn: this.role.roleArn,
      enableNetworkIsolation: props.networkIsolation ?? true,
      primaryContainer: {
        image: props.image.uri,
        ...props.modelData.bind(this, this.role),
        environment: props.environment,
      },
      vpcConfig: props.vpc && {
        subnets: props.vpc.selectSubnets(props.vpcSubnets).subnetIds,
        securityGroupIds: securityGroups.map((group) => group.securityGroupId),
      },
    });
    // CreateModel tries the role at once: its policies must be there, and outlive the model.
    model.node.addDependency(...this.role.node.findAll().filter((child) => child instanceof CfnPolicy));
    this.modelName = model.attrModelName;
  }

  /** Security groups of the container. Only with a VPC. */
  get connections(): Connections {
    if (this.network) return this.network;
    throw new Error(`${this.node.path} is in no VPC, so it has no connections. Give it a vpc to control its traffic.`);
  }
}

function newSecurityGroup(scope: Construct, vpc: IVpc): SecurityGroup {
  return new SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: 'Model server: no ingress, requests come through SageMaker',
  });
}

/** SageMaker refuses an image of another region, but only minutes into a deployment. */
function assertRegion(image: ModelImage, scope: Construct): void {
  const { region } = Stack.of(scope);
  if (image.region === null || Token.isUnresolved(region) || image.region === region) return;
  throw new Error(
    `image ${image.uri} is in ${image.region}, the stack in ${region}. SageMaker pulls only from its own region: copy the image there, or deploy to ${image.region}.`,
  );
}
