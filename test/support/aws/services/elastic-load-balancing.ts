/**
 * What Elastic Load Balancing tells of an Application Load Balancer: group, balancer, listeners, health of the targets. Source:
 * API reference of version 2015-12-01 (TargetGroup, LoadBalancer, Listener, TargetHealthDescription and their errors).
 */
import { modelledQueryService, unknownOperation } from '../service.ts';
import { ServiceError } from '../world.ts';

export interface TargetGroup {
  arn: string;
  balancer: { arn: string; dnsName: string };
  /** Those that do not forward to the group redirect. */
  listeners: { port: number; protocol: 'HTTP' | 'HTTPS'; forwards: boolean }[];
  targets: { id: string; port: number; state: string; reason: string | undefined }[];
}

interface Body {
  TargetGroupArns?: string[];
  TargetGroupArn?: string;
  LoadBalancerArns?: string[];
  LoadBalancerArn?: string;
}

export const elasticLoadBalancing = modelledQueryService(
  'elasticloadbalancing',
  'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  ({ targetGroups }, operation, body: Body) => {
    const groupOf = (arn: string) => targetGroups.get(arn) ?? absent('TargetGroup', 'Target groups', arn);
    const behind = (arn: string) =>
      [...targetGroups.values()].find(({ balancer }) => balancer.arn === arn) ??
      absent('LoadBalancer', 'Load balancers', arn);
    switch (operation) {
      case 'DescribeTargetGroups':
        return {
          TargetGroups: body.TargetGroupArns!.map((arn) => ({
            TargetGroupArn: arn,
            TargetType: 'ip',
            LoadBalancerArns: [groupOf(arn).balancer.arn],
          })),
        };
      case 'DescribeLoadBalancers':
        return {
          LoadBalancers: body.LoadBalancerArns!.map((arn) => ({
            LoadBalancerArn: arn,
            DNSName: behind(arn).balancer.dnsName,
            Scheme: 'internal',
            Type: 'application',
          })),
        };
      case 'DescribeListeners': {
        const { arn, listeners } = behind(body.LoadBalancerArn!);
        return {
          Listeners: listeners.map(({ port, protocol, forwards }) => ({
            Port: port,
            Protocol: protocol,
            DefaultActions: [
              forwards
                ? { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: arn }] } }
                : { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
            ],
          })),
        };
      }
      case 'DescribeTargetHealth':
        return {
          TargetHealthDescriptions: groupOf(body.TargetGroupArn!).targets.map(({ id, port, state, reason }) => ({
            Target: { Id: id, Port: port },
            TargetHealth: { State: state, Reason: reason },
          })),
        };
      default:
        throw unknownOperation(operation);
    }
  },
);

function absent(code: string, what: string, arn: string): never {
  throw new ServiceError(`${code}NotFound`, `${what} '[${arn}]' not found`);
}
