/** What of a template outlives its stack. */
import type { Resource, Template } from '../../lib/core/cost/template.ts';

export interface Kept {
  /** Logical id without CDK's hash. */
  name: string;
  type: string;
  logicalId: string;
}

export function keptResources({ Resources: resources = {} }: Template): Kept[] {
  return (
    Object.entries(resources as Record<string, Resource & { DeletionPolicy?: string }>)
      // Kept when a newer one is deployed; they go with their function when the stack does.
      .filter(([, { Type: type }]) => type !== 'AWS::Lambda::Version')
      .filter(([, { DeletionPolicy: policy }]) => policy !== undefined && policy !== 'Delete')
      .map(([logicalId, { Type: type }]) => ({ name: logicalId.replace(/[0-9A-F]{8}$/, ''), type, logicalId }))
  );
}
