import { mentions } from '../../../core/cost/template.ts';
import { each, type Rule, shown } from '../rule.ts';

export const variantPropertiesKept: Rule = {
  name: 'variant-properties-kept',
  description:
    'An update of a scaled endpoint keeps its instances; otherwise it falls back to the initial count under load.',
  fix: 'Set RetainAllVariantProperties to true on the endpoint.',
  check: (template) => {
    const targets = Object.values(template.Resources ?? {}).filter(
      ({ Type }) => Type === 'AWS::ApplicationAutoScaling::ScalableTarget',
    );
    return each(template, ['AWS::SageMaker::Endpoint'], ({ RetainAllVariantProperties: kept }, _, logicalId) =>
      kept === true || !targets.some(({ Properties: p }) => mentions(p?.['ResourceId'], logicalId))
        ? []
        : [
            {
              location: 'Properties.RetainAllVariantProperties',
              what: `scaled, but RetainAllVariantProperties is ${shown(kept)}`,
            },
          ],
    );
  },
};
