/** What a run needs to know of the deployed stacks, read from the parameters in which they say it. */
import type { SSM } from '@aws-sdk/client-ssm';
import { GUARD_PARAMETER, type Guard, guardSchema } from '../core/catalog/guard.ts';
import {
  imageDigestParameter,
  LAB_PARAMETER,
  type Lab,
  labSchema,
  PREPARATION_PARAMETER,
  type PreparationSite,
  preparationSiteSchema,
  REPOSITORY_PREFIX,
} from '../core/catalog/lab.ts';

export type ParametersApi = Pick<SSM, 'getParameters'>;

export interface RunSite {
  guard: Guard;
  lab: Lab;
  /** null: models that need a device to be prepared on cannot be. */
  preparation: PreparationSite | null;
}

/** @throws naming the stack to deploy. */
export async function readRunSite(ssm: ParametersApi, region: string): Promise<RunSite> {
  const { Parameters } = await ssm.getParameters({ Names: [GUARD_PARAMETER, LAB_PARAMETER, PREPARATION_PARAMETER] });
  const texts = new Map((Parameters ?? []).map(({ Name, Value }) => [Name, Value]));
  const read = <T>(parameter: string, schema: { parse(document: unknown): T }, stack: string): T => {
    const text = texts.get(parameter);
    if (text === undefined) {
      throw new Error(
        `${stack} is not deployed in ${region}: npx cdk deploy ${stack}; infersweep doctor --aws says what else is missing`,
      );
    }
    return schema.parse(JSON.parse(text));
  };
  return {
    guard: read(GUARD_PARAMETER, guardSchema, 'InfersweepGuard'),
    lab: read(LAB_PARAMETER, labSchema, 'InfersweepLab'),
    preparation: texts.has(PREPARATION_PARAMETER)
      ? read(PREPARATION_PARAMETER, preparationSiteSchema, 'InfersweepImages')
      : null,
  };
}

/** Reference of a kit's image in the account's own registry, by the digest of its last build. */
export function imageReader(ssm: ParametersApi, region: string, guard: Guard): (name: string) => Promise<string> {
  const [, partition, , , account] = guard.createRole.split(':');
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return async (name) => {
    const parameter = imageDigestParameter(name);
    const { Parameters } = await ssm.getParameters({ Names: [parameter] });
    const digest = Parameters?.[0]?.Value;
    if (digest === undefined) throw new Error(`image ${name} was never built: there is no parameter ${parameter}`);
    return `${account}.dkr.ecr.${region}.${domain}/${REPOSITORY_PREFIX}${name}@${digest}`;
  };
}
