import { arn, type Context, jsonBody, type RequirementsOf, unknown } from './iam-requirement.ts';

const ON_TABLE = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan', 'DescribeTable'];

export const dynamodbRequirements: RequirementsOf = (operation, request) => {
  const action = `dynamodb:${operation}`;
  if (operation === 'ListTables') return [{ action, resource: '*' }];
  if (!ON_TABLE.includes(operation)) return unknown('dynamodb', operation);
  const { TableName, Key, Item } = jsonBody<{ TableName: string; Key?: RunKey; Item?: RunKey }>(request);
  const leading = (Key ?? Item)?.run?.S;
  const resource = TableName.startsWith('arn:') ? TableName : arn('dynamodb', `table/${TableName}`);
  const context: Context = leading === undefined ? {} : { 'dynamodb:LeadingKeys': [leading] };
  return [{ action, resource, context }];
};

interface RunKey {
  run?: { S?: string };
}
