import { jsonService, unknownOperation } from '../service.ts';
import { account, region, ServiceError } from '../world.ts';

/** Public parameters, as those of images, and the account's own. */
export const ssm = jsonService('ssm', ({ parameters }, operation, body: { Name?: string; Names?: string[] }) => {
  const row = (Name: string) => ({
    Name,
    Value: parameters[Name],
    Type: 'String',
    Version: 1,
    ARN: `arn:aws:ssm:${region}:${Name.startsWith('/aws/') ? '' : account}:parameter/${Name.replace(/^\//, '')}`,
  });
  if (operation === 'GetParameter') {
    if (parameters[body.Name!] === undefined) throw new ServiceError('ParameterNotFound', '');
    return { Parameter: row(body.Name!) };
  }
  if (operation !== 'GetParameters') throw unknownOperation(operation);
  // GetParameters, API reference: at most ten, and what is unknown is told apart instead of refused.
  if (body.Names!.length > 10)
    throw new ServiceError('ValidationException', 'Member must have length less than or equal to 10');
  const known = body.Names!.filter((name) => parameters[name] !== undefined);
  return { Parameters: known.map(row), InvalidParameters: body.Names!.filter((name) => !known.includes(name)) };
});
