import { arn, jsonBody, passRole, type RequirementsOf, requestTags, resourceTags, unknown } from './iam-requirement.ts';

interface Body {
  ModelName?: string;
  EndpointConfigName?: string;
  EndpointName?: string;
  ResourceArn?: string;
  ExecutionRoleArn?: string;
  EnableNetworkIsolation?: boolean;
  ProductionVariants?: { InstanceType?: string; ModelName?: string }[];
  ShadowProductionVariants?: { InstanceType?: string; ModelName?: string }[];
  Tags?: { Key: string; Value: string }[];
}

const KINDS = { Model: 'model', EndpointConfig: 'endpoint-config', Endpoint: 'endpoint' } as const;

export const sagemakerRequirements: RequirementsOf = (operation, request, world) => {
  if (operation === 'InvokeEndpoint') {
    const name = decodeURIComponent(request.url.pathname.split('/')[2] ?? '');
    const context = resourceTags(world.find('endpoint', name));
    return [{ action: 'sagemaker:InvokeEndpoint', resource: arn('sagemaker', `endpoint/${name}`), context }];
  }
  const body = jsonBody<Body>(request);
  const action = `sagemaker:${operation}`;
  if (operation === 'ListTags') return [{ action, resource: body.ResourceArn! }];
  // Lists know no resource.
  if (operation.startsWith('List')) return [{ action, resource: '*' }];
  const [, verb, noun] = /^(Create|Describe|Delete)(EndpointConfig|Endpoint|Model)$/.exec(operation) ?? [];
  if (noun === undefined) return unknown('sagemaker', operation);
  const kind = KINDS[noun as keyof typeof KINDS];
  const name = body[`${noun as keyof typeof KINDS}Name`]!;
  const resource = arn('sagemaker', `${kind}/${name}`);
  const context = resourceTags(world.find(kind, name));
  if (verb !== 'Create') return [{ action, resource, context }];
  const tags = requestTags(Object.fromEntries((body.Tags ?? []).map(({ Key, Value }) => [Key, Value])));
  const variants = [...(body.ProductionVariants ?? []), ...(body.ShadowProductionVariants ?? [])];
  const types = variants.flatMap(({ InstanceType }) => InstanceType ?? []);
  const more = {
    ...(types.length > 0 ? { 'sagemaker:InstanceTypes': types } : {}),
    ...(noun === 'Model' ? { 'sagemaker:NetworkIsolation': String(body.EnableNetworkIsolation ?? false) } : {}),
  };
  return [
    { action, resource, context: { ...tags, ...more } },
    // CreateEndpoint is judged on both of its resources.
    ...(noun === 'Endpoint'
      ? [{ action, resource: arn('sagemaker', `endpoint-config/${body.EndpointConfigName}`), context: tags }]
      : []),
    ...(body.Tags?.length
      ? [{ action: 'sagemaker:AddTags', resource, context: { ...tags, 'sagemaker:TaggingAction': operation } }]
      : []),
    ...passRole(body.ExecutionRoleArn, 'sagemaker.amazonaws.com'),
  ];
};
