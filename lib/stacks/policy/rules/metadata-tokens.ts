import { each, plain, type Rule, shown } from '../rule.ts';

export const metadataTokens: Rule = {
  name: 'metadata-tokens',
  description:
    'Instance metadata answers only with a session token (IMDSv2): without it a forged request reads the credentials.',
  fix: 'Set MetadataOptions.HttpTokens to required in the launch template.',
  check: (template) => [
    ...each(template, ['AWS::EC2::LaunchTemplate'], (p) =>
      untokened(
        plain(p['LaunchTemplateData'])['MetadataOptions'],
        'Properties.LaunchTemplateData.MetadataOptions.HttpTokens',
      ),
    ),
    ...each(template, ['AWS::AutoScaling::LaunchConfiguration'], (p) =>
      untokened(p['MetadataOptions'], 'Properties.MetadataOptions.HttpTokens'),
    ),
    ...each(template, ['AWS::EC2::Instance'], (p) =>
      p['LaunchTemplate'] === undefined ? untokened(p['MetadataOptions'], 'Properties.MetadataOptions.HttpTokens') : [],
    ),
  ],
};

function untokened(options: unknown, location: string) {
  const { HttpTokens: tokens } = plain(options);
  return tokens === 'required' ? [] : [{ location, what: `HttpTokens is ${shown(tokens)}` }];
}
