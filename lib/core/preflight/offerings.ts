/** Whether instance types are offered where the Lab has subnets, and allowed by Guard. */
import type { Guard } from '../catalog/guard.ts';
import { instanceOf } from '../catalog/instance.ts';
import type { Lab } from '../catalog/lab.ts';
import type { Plan, PlannedDeployment, SkippedRow } from '../plan/plan.ts';
import type { AccountAnswers } from './account-answers.ts';
import { type Fact, missing, ok, warning } from './fact.ts';
import { skippedRow } from './skipped-row.ts';

interface Judged {
  facts: Fact[];
  skipped: SkippedRow[];
}

/** EC2 instance types to ask for. */
export function offeredTypesOf(plan: Plan | null): string[] {
  const types = (plan?.deployments ?? []).filter(({ configuration }) => configuration.target === 'ec2');
  return [...new Set(types.map(({ configuration }) => configuration.instanceType))];
}

export function judgeOfferings(answers: AccountAnswers, plan: Plan): Judged {
  const ec2 = judgeEc2(answers, plan);
  const onSagemaker = plan.deployments.some(({ configuration }) => configuration.target === 'sagemaker');
  // ListInstanceTypes and the like exist for EC2 alone (API model of client-sagemaker 3.1142.0).
  const said = 'not asked: SageMaker has no API for it; CreateEndpoint refuses what the region does not offer';
  return onSagemaker ? { ...ec2, facts: [...ec2.facts, ok('offering ml.*', said)] } : ec2;
}

function judgeEc2({ offerings, subnetZones, region }: AccountAnswers, plan: Plan): Judged {
  const types = offeredTypesOf(plan);
  if (types.length === 0) return { facts: [], skipped: [] };
  if (!offerings.ok) {
    const fix = 'allow ec2:DescribeInstanceTypeOfferings to these credentials';
    return { facts: [warning('offering', `not read: ${offerings.why}`, fix)], skipped: [] };
  }
  const here = subnetZones?.ok ? [...new Set(Object.values(subnetZones.value))] : null;
  const facts: Fact[] = [];
  const skipped: SkippedRow[] = [];
  for (const type of types) {
    const zones = offerings.value[type] ?? [];
    const fix = fixOf(type, zones, here, region);
    facts.push(
      fix === null
        ? ok(`offering ${type}`, zones.join(', '))
        : missing(`offering ${type}`, zones.join(', ') || 'nowhere', fix),
    );
    if (fix !== null) skipped.push(...of(plan, type).map((d) => skippedRow(d, 'not-offered', fix)));
  }
  return { facts, skipped };
}

const of = ({ deployments }: Plan, type: string): PlannedDeployment[] =>
  deployments.filter(({ configuration: c }) => c.target === 'ec2' && c.instanceType === type);

/** null where the type can be had in a zone of the Lab, or nobody knows its zones. */
function fixOf(type: string, zones: readonly string[], here: readonly string[] | null, region: string): string | null {
  if (zones.length === 0) {
    return `EC2 offers no ${type} in ${region}: leave it out, or use another region (aws ec2 describe-instance-type-offerings --region REGION --filters Name=instance-type,Values=${type})`;
  }
  if (here === null || zones.some((zone) => here.includes(zone))) return null;
  return `EC2 offers ${type} in ${zones.join(', ')}, and the Lab has subnets in ${here.join(', ')}: deploy the Lab into a VPC with a subnet there (npx cdk deploy InfersweepLab -c vpc=VPC)`;
}

/** Guard's create role starts no other type, whatever a plan says. */
export function judgeAllowed(guard: Guard | null, lab: Lab | null, plan: Plan): Judged {
  const facts: Fact[] = [];
  const skipped: SkippedRow[] = [];
  const refuse = (what: string, types: string[], fix: string) => {
    facts.push(missing(what, types.join(', '), fix));
    const named = new Set(types);
    const hit = plan.deployments.filter(({ configuration }) => named.has(configuration.instanceType));
    skipped.push(...hit.map((d) => skippedRow(d, 'not-offered', `${what} ${d.configuration.instanceType}: ${fix}`)));
  };
  const cloud = plan.deployments.filter(({ configuration }) => configuration.target !== 'local');
  const types = [...new Set(cloud.map(({ configuration }) => configuration.instanceType))];
  const forbidden = guard === null ? [] : types.filter((type) => !guard.instanceTypes.includes(type));
  if (forbidden.length > 0) {
    refuse('Guard does not allow', forbidden, 'npx cdk deploy InfersweepGuard InfersweepLab -c experiment=EXPERIMENT');
  }
  const templates = lab?.launchTemplates ?? null;
  const homeless = offeredTypesOf(plan).filter((type) => {
    const family = instanceOf('ec2', type)?.family ?? type;
    return templates !== null && templates[family] === undefined && !forbidden.includes(type);
  });
  if (homeless.length > 0) {
    refuse('the Lab has no launch template for', homeless, 'npx cdk deploy InfersweepLab -c experiment=EXPERIMENT');
  }
  return { facts, skipped };
}
