import { each, plain, type Rule } from '../rule.ts';
import { textOf } from '../text-of.ts';

/** Paths of AWS's public parameters: `…/amazon-linux-2/…`, `…/amzn2-ami-…`. Not `amazon-linux-2023`. */
const AMAZON_LINUX_2 = /amazon-linux-2(?:\/|$)|amazon-linux-2-|amzn2-ami/;

export const noAmazonLinux2: Rule = {
  name: 'no-amazon-linux-2',
  description: 'Amazon Linux 2 is at its end of life; its images get no more fixes.',
  fix: 'Use the image of Amazon Linux 2023: /aws/service/…/amazon-linux-2023/….',
  check: (template) => [
    ...Object.entries(template.Parameters ?? {}).flatMap(([name, { Default: value }]) =>
      AMAZON_LINUX_2.test(textOf(value))
        ? [{ logicalId: null, location: `Parameters.${name}.Default`, what: `AMI parameter ${textOf(value)}` }]
        : [],
    ),
    ...each(template, ['AWS::EC2::LaunchTemplate'], (p) =>
      old(plain(p['LaunchTemplateData'])['ImageId'], 'Properties.LaunchTemplateData.ImageId'),
    ),
    ...each(template, ['AWS::EC2::Instance', 'AWS::AutoScaling::LaunchConfiguration'], (p) =>
      old(p['ImageId'], 'Properties.ImageId'),
    ),
  ],
};

function old(image: unknown, location: string) {
  return AMAZON_LINUX_2.test(textOf(image)) ? [{ location, what: `AMI ${textOf(image)}` }] : [];
}
