import type { IamRequest } from '../iam.ts';
import { arn, passRole, type RequirementsOf, requestTags, resourceTags, unknown } from './iam-requirement.ts';
import { type AwsWorld, type LaunchTemplate, region, ServiceError } from './world.ts';

/** Descriptions know no resource. */
export const ec2Requirements: RequirementsOf = (operation, { body }, world) => {
  const form = new URLSearchParams(body.toString());
  const action = `ec2:${operation}`;
  if (operation.startsWith('Describe') || operation.startsWith('Get')) return [{ action, resource: '*' }];
  if (operation === 'TerminateInstances') {
    return valuesOf(form, 'InstanceId').map((id) => {
      const found = world.find('instance', id);
      // EC2 looks first: InvalidInstanceID.NotFound, also to whoever might not end it.
      if (!found) throw new ServiceError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
      return { action, resource: arn('ec2', `instance/${id}`), context: resourceTags(found) };
    });
  }
  if (operation === 'RunInstances') return launch(form, world);
  return unknown('ec2', operation);
};

/** One check for each resource that a launch makes or refers to ("RunInstances", Service Authorization Reference). */
function launch(form: URLSearchParams, world: AwsWorld): IamRequest[] {
  const action = 'ec2:RunInstances';
  const template = templateOf(form, world);
  const type = form.get('InstanceType');
  const tokens = form.get('MetadataOptions.HttpTokens') ?? template?.metadataHttpTokens;
  const groups = valuesOf(form, 'SecurityGroupId');
  const tags = tagSpecifications(form);
  const on = (resource: string, context = {}) => ({ action, resource: arn('ec2', resource), context });
  const image = form.get('ImageId') ?? template?.imageId;
  const subnet = form.get('SubnetId') ?? form.get('NetworkInterface.1.SubnetId');
  const key = form.get('KeyName');
  return [
    on('instance/*', {
      ...requestTags(tags['instance'] ?? {}),
      ...(type === null ? {} : { 'ec2:InstanceType': type }),
      ...(tokens === undefined ? {} : { 'ec2:MetadataHttpTokens': tokens }),
    }),
    on('volume/*', requestTags(tags['volume'] ?? {})),
    on('network-interface/*', requestTags(tags['network-interface'] ?? {})),
    // A public image belongs to no account.
    ...(image === undefined ? [] : [{ action, resource: `arn:aws:ec2:${region}::image/${image}`, context: {} }]),
    ...(subnet === null ? [] : [on(`subnet/${subnet}`)]),
    ...(groups.length > 0 ? groups : (template?.securityGroupIds ?? [])).map((id) => on(`security-group/${id}`)),
    ...(template === undefined ? [] : [on(`launch-template/${form.get('LaunchTemplate.LaunchTemplateId') ?? '*'}`)]),
    ...(key === null ? [] : [on(`key-pair/${key}`)]),
    ...(form.get('InstanceMarketOptions.MarketType') === 'spot' ? [on('spot-instances-request/*')] : []),
    ...Object.entries(tags).map(([kind, of]) => ({
      action: 'ec2:CreateTags',
      resource: arn('ec2', `${kind}/*`),
      context: { ...requestTags(of), 'ec2:CreateAction': 'RunInstances' },
    })),
    ...passRole(template?.roleArn, 'ec2.amazonaws.com'),
  ];
}

function templateOf(form: URLSearchParams, { launchTemplates }: AwsWorld): LaunchTemplate | undefined {
  const name = form.get('LaunchTemplate.LaunchTemplateId') ?? form.get('LaunchTemplate.LaunchTemplateName');
  if (name === null) return undefined;
  const found = launchTemplates.get(name);
  if (!found) throw new Error(`IAM asks what launch template ${name} holds: put it into world.launchTemplates`);
  return found;
}

/** `InstanceId.1`, `InstanceId.2` … */
function valuesOf(form: URLSearchParams, prefix: string): string[] {
  return [...form].flatMap(([key, value]) => (new RegExp(`^${prefix}\\.\\d+$`).test(key) ? value : []));
}

/** `TagSpecification.1.ResourceType`, `TagSpecification.1.Tag.1.Key` … */
function tagSpecifications(form: URLSearchParams): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (let n = 1; form.has(`TagSpecification.${n}.ResourceType`); n++) {
    const tags: Record<string, string> = {};
    for (let m = 1; form.has(`TagSpecification.${n}.Tag.${m}.Key`); m++) {
      tags[form.get(`TagSpecification.${n}.Tag.${m}.Key`)!] = form.get(`TagSpecification.${n}.Tag.${m}.Value`) ?? '';
    }
    found[form.get(`TagSpecification.${n}.ResourceType`)!] = tags;
  }
  return found;
}
