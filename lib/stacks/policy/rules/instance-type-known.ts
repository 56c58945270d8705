import { instanceTypesOf } from '../../../core/catalog/instance.ts';
import { isPlain, type Template } from '../../../core/cost/template.ts';
import { nearest } from '../../../core/spec/nearest.ts';
import { each, plain, plains, type Rule, shown } from '../rule.ts';

type Target = 'sagemaker' | 'ec2';

export const instanceTypeKnown: Rule = {
  name: 'instance-type-known',
  description: 'Only instance types of the catalog start: those have a known price class, host image and quota.',
  fix: 'Choose a type of lib/core/catalog/instances.json, or add it there with its source.',
  check: (template) => [
    ...each(template, ['AWS::SageMaker::EndpointConfig'], (p) =>
      ['ProductionVariants', 'ShadowProductionVariants'].flatMap((list) =>
        plains(p[list]).flatMap((variant, i) => [
          ...stranger(template, 'sagemaker', variant['InstanceType'], `Properties.${list}.${i}.InstanceType`),
          ...plains(variant['InstancePools']).flatMap((pool, j) =>
            stranger(
              template,
              'sagemaker',
              pool['InstanceType'],
              `Properties.${list}.${i}.InstancePools.${j}.InstanceType`,
            ),
          ),
        ]),
      ),
    ),
    ...each(template, ['AWS::EC2::LaunchTemplate'], (p) =>
      stranger(
        template,
        'ec2',
        plain(p['LaunchTemplateData'])['InstanceType'],
        'Properties.LaunchTemplateData.InstanceType',
      ),
    ),
    ...each(template, ['AWS::EC2::Instance', 'AWS::AutoScaling::LaunchConfiguration'], (p) =>
      stranger(template, 'ec2', p['InstanceType'], 'Properties.InstanceType'),
    ),
    ...each(template, ['AWS::AutoScaling::AutoScalingGroup'], (p) =>
      plains(plain(plain(p['MixedInstancesPolicy'])['LaunchTemplate'])['Overrides']).flatMap((override, i) =>
        stranger(
          template,
          'ec2',
          override['InstanceType'],
          `Properties.MixedInstancesPolicy.LaunchTemplate.Overrides.${i}.InstanceType`,
        ),
      ),
    ),
  ],
};

/** Nothing is said of a type that is left out: a launch template may leave it to whoever starts from it. */
function stranger(template: Template, target: Target, type: unknown, location: string) {
  if (type === undefined) return [];
  const known = instanceTypesOf(target);
  if (typeof type === 'string') {
    if (known.includes(type)) return [];
    const near = nearest(type, known);
    return [{ location, what: `${type} is not in the catalog${near ? `; did you mean ${near}?` : ''}` }];
  }
  const parameter = isPlain(type) ? plain(template.Parameters?.[String(type['Ref'])]) : {};
  const allowed = parameter['AllowedValues'];
  if (Array.isArray(allowed) && allowed.every((value) => known.includes(String(value)))) return [];
  return [{ location, what: `${shown(type)} may be any type: give its parameter AllowedValues of the catalog` }];
}
