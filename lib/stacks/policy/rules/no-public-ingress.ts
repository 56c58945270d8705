import type { Plain } from '../../../core/cost/template.ts';
import { each, plains, type Rule } from '../rule.ts';

const ANYWHERE = ['0.0.0.0/0', '::/0'];

export const noPublicIngress: Rule = {
  name: 'no-public-ingress',
  description: 'Nothing listens to the whole internet: callers come by their security group, or through SageMaker.',
  fix: 'Name the security group or the address range of the callers.',
  check: (template) => [
    ...each(template, ['AWS::EC2::SecurityGroup'], (p) =>
      plains(p['SecurityGroupIngress']).flatMap((rule, i) => open(rule, `Properties.SecurityGroupIngress.${i}`)),
    ),
    ...each(template, ['AWS::EC2::SecurityGroupIngress'], (p) => open(p, 'Properties')),
  ],
};

function open(rule: Plain, location: string) {
  return (['CidrIp', 'CidrIpv6'] as const)
    .filter((key) => ANYWHERE.includes(String(rule[key])))
    .map((key) => ({ location: `${location}.${key}`, what: `ingress from ${rule[key]}` }));
}
