/** What `cdk destroy` leaves of Images and Lab. A test compares this with the templates. */

export interface LeftBehind {
  readonly stack: 'images' | 'lab';
  readonly what: string;
  /** As in the template; null for what no template declares. */
  readonly resourceType: string | null;
  readonly why: string;
  /** What it goes on costing. */
  readonly cost: string;
  /** Placeholders in capitals. */
  readonly remove: string;
}

const emptyAndRemove = 'aws s3api delete-objects (every version), then aws s3api delete-bucket --bucket BUCKET';

export const leftBehind: readonly LeftBehind[] = [
  {
    stack: 'images',
    what: 'artifacts bucket',
    resourceType: 'AWS::S3::Bucket',
    why: 'prepared models took hours of GPU; the next deployment can use them again',
    cost: 'storage by the gigabyte and month',
    remove: emptyAndRemove,
  },
  {
    stack: 'images',
    what: 'repositories of images whose base is frozen (neuron)',
    resourceType: 'AWS::ECR::Repository',
    why: 'the base may be withdrawn, and then the image cannot be built again; repositories of all others go with their images',
    cost: 'storage by the gigabyte and month',
    remove:
      'aws ecr delete-repository --force --repository-name infersweep/IMAGE (or `cdk import` it before the next deployment)',
  },
  {
    stack: 'images',
    what: 'digest parameters /infersweep/images/IMAGE/digest',
    resourceType: null,
    why: 'builds write them, not CloudFormation; a Lab deployed afterwards would name an image that is gone',
    cost: 'none',
    remove: 'aws ssm delete-parameters --names /infersweep/images/IMAGE/digest',
  },
  {
    stack: 'lab',
    what: 'results bucket',
    resourceType: 'AWS::S3::Bucket',
    why: 'measurements were paid for, and reports and recommendations are made from them',
    cost: 'storage by the gigabyte and month; a colder class after 90 days',
    remove: emptyAndRemove,
  },
];
