/** Service Quotas: what AWS gives everybody, and what an account was given. */
import { jsonService, unknownOperation } from '../service.ts';
import { type AwsWorld, page, ServiceError } from '../world.ts';

export interface WorldQuota {
  service: string;
  code: string;
  name: string;
  /** null: nobody ever asked for another value, and the service only knows AWS's. */
  applied: number | null;
  usual: number;
}

const states = new WeakMap<AwsWorld, WorldQuota[]>();

/** The world's quotas, to be added to. */
export function quotasIn(world: AwsWorld): WorldQuota[] {
  const known = states.get(world) ?? [];
  states.set(world, known);
  return known;
}

interface Body {
  ServiceCode?: string;
  QuotaCode?: string;
  NextToken?: string;
  MaxResults?: number;
}

/** JSON 1.1; operations, members and NoSuchResourceException as in the API model of @aws-sdk/client-service-quotas 3.1138.0. */
export const serviceQuotas = jsonService('servicequotas', (world, operation, body: Body) => {
  const of = quotasIn(world).filter(({ service }) => service === body.ServiceCode);
  const named = of.find(({ code }) => code === body.QuotaCode);
  switch (operation) {
    case 'GetServiceQuota':
      // A quota without an applied value is not found (get-service-quota, AWS CLI reference).
      if (!named || named.applied === null) throw new ServiceError('NoSuchResourceException', 'no such quota');
      return { Quota: row(named, named.applied) };
    case 'GetAWSDefaultServiceQuota':
      if (!named) throw new ServiceError('NoSuchResourceException', 'no such quota');
      return { Quota: row(named, named.usual) };
    case 'ListServiceQuotas': {
      // MaxResults: 1 to 100 (API model).
      if ((body.MaxResults ?? 1) > 100) throw new ServiceError('IllegalArgumentException', 'MaxResults');
      const { items, next } = page(of, body.NextToken);
      return { Quotas: items.map((q) => row(q, q.applied ?? q.usual)), NextToken: next };
    }
    default:
      throw unknownOperation(operation);
  }
});

function row({ service, code, name }: WorldQuota, value: number): unknown {
  return { ServiceCode: service, QuotaCode: code, QuotaName: name, Value: value, Unit: 'None', Adjustable: true };
}
