/** A CloudFormation template as far as its cost and the policy depend on it. */
export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
  Metadata?: Record<string, unknown>;
}

export interface Template {
  Parameters?: Record<string, { Type: string; Default?: unknown; AllowedPattern?: string; AllowedValues?: unknown[] }>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Resources?: Record<string, Resource>;
}

export type Plain = Record<string, unknown>;

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The resource that `{ Ref }` or `{ Fn::GetAtt }` names; null for anything else. */
export function referenceOf(value: unknown): string | null {
  if (!isPlain(value)) return null;
  const { Ref: ref, 'Fn::GetAtt': getAtt } = value;
  if (typeof ref === 'string') return ref;
  return Array.isArray(getAtt) && typeof getAtt[0] === 'string' ? getAtt[0] : null;
}

/** Whether a value names a resource anywhere inside. */
export function mentions(value: unknown, logicalId: string): boolean {
  if (referenceOf(value) === logicalId) return true;
  if (Array.isArray(value)) return value.some((item) => mentions(item, logicalId));
  return isPlain(value) && Object.values(value).some((item) => mentions(item, logicalId));
}

/** Tags as key and value, from CloudFormation's list or its map; what only deployment knows is left out. */
export function tagsOf({ Properties: properties }: Resource): Record<string, string> {
  const tags = properties?.['Tags'];
  const pairs = Array.isArray(tags)
    ? tags.flatMap((tag) => (isPlain(tag) ? [[tag['Key'], tag['Value']]] : []))
    : isPlain(tags)
      ? Object.entries(tags)
      : [];
  return Object.fromEntries(pairs.filter(([k, v]) => typeof k === 'string' && typeof v === 'string'));
}
