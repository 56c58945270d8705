/** A value as text, with `${…}` where only deployment knows. */
import { isPlain } from '../../core/cost/template.ts';

export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (!isPlain(value)) return String(value);
  const { 'Fn::Join': join, 'Fn::Sub': sub, Ref: ref } = value;
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(textOf).join(String(join[0]));
  if (typeof sub === 'string') return sub;
  if (Array.isArray(sub)) return String(sub[0]);
  return typeof ref === 'string' ? `\${${ref}}` : `\${${Object.keys(value)[0]}}`;
}
