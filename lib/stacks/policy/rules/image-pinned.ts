import { isPlain, type Template } from '../../../core/cost/template.ts';
import { each, type Finding, plain, plains, type Rule, shown } from '../rule.ts';
import { textOf } from '../text-of.ts';

/** A digest, or one that deployment reads from where the build published it. */
const PINNED = /@(?:sha256:[0-9a-f]{64}|\$\{[^}]+\})$/;
/** CodeBuild's own images have no digest to name. */
const MANAGED_BY_CODEBUILD = /^aws\/codebuild\//;

export const imagePinned: Rule = {
  name: 'image-pinned',
  description:
    'A container image is named by its digest: a tag can move under a running fleet, away from what was measured.',
  fix: 'Name it as <repository>@sha256:<64 hex digits>, or by a parameter whose AllowedPattern demands that.',
  check: (template) => [
    ...each(template, ['AWS::SageMaker::Model'], (p) => [
      ...loose(template, plain(p['PrimaryContainer'])['Image'], 'Properties.PrimaryContainer.Image'),
      ...plains(p['Containers']).flatMap((c, i) => loose(template, c['Image'], `Properties.Containers.${i}.Image`)),
    ]),
    ...each(template, ['AWS::ECS::TaskDefinition'], (p) =>
      plains(p['ContainerDefinitions']).flatMap((c, i) =>
        loose(template, c['Image'], `Properties.ContainerDefinitions.${i}.Image`),
      ),
    ),
    ...each(template, ['AWS::CodeBuild::Project'], (p) => {
      const image = plain(p['Environment'])['Image'];
      if (typeof image === 'string' && MANAGED_BY_CODEBUILD.test(image)) return [];
      return loose(template, image, 'Properties.Environment.Image');
    }),
  ],
};

function loose(template: Template, image: unknown, location: string): Omit<Finding, 'logicalId'>[] {
  if (image === undefined || PINNED.test(textOf(image))) return [];
  const parameter = isPlain(image) ? template.Parameters?.[String(image['Ref'])] : undefined;
  if (parameter?.AllowedPattern?.includes('@sha256:')) return [];
  return [{ location, what: `image ${shown(textOf(image))} is not pinned` }];
}
