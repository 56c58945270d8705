import { each, plain, type Rule, shown } from '../rule.ts';

export const repositoryImmutable: Rule = {
  name: 'repository-immutable',
  description: 'A repository scans what is pushed, and no tag of it can be moved.',
  fix: 'Set ImageTagMutability to IMMUTABLE and ImageScanningConfiguration.ScanOnPush to true.',
  check: (template) =>
    each(template, ['AWS::ECR::Repository'], (p) => {
      const scan = plain(p['ImageScanningConfiguration'])['ScanOnPush'];
      const mutability = p['ImageTagMutability'];
      return [
        ...(mutability === 'IMMUTABLE'
          ? []
          : [{ location: 'Properties.ImageTagMutability', what: `ImageTagMutability is ${shown(mutability)}` }]),
        ...(scan === true
          ? []
          : [{ location: 'Properties.ImageScanningConfiguration.ScanOnPush', what: `ScanOnPush is ${shown(scan)}` }]),
      ];
    }),
};
