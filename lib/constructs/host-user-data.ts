import { Aws, type Duration } from 'aws-cdk-lib';
import { UserData } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { HostImage } from './host-image.ts';

export interface HostUserDataProps {
  /** Longest life of the host, from its boot. */
  readonly maximumTtl: Duration;
  /** `containers/hosts/trial_host.py`. */
  readonly script: Asset;
  readonly image: HostImage;
  readonly logGroup: ILogGroup;
}

/**
 * User data that arms the host's end before anything else, then fetches the start script and runs it. A host that cannot
 * arm its end, or cannot run the script, ends at once.
 */
export function hostUserData({ maximumTtl, script, image, logGroup }: HostUserDataProps): UserData {
  const minutes = maximumTtl.toMinutes();
  const path = '/var/lib/infersweep/trial_host.py';
  const userData = UserData.forLinux();
  userData.addCommands(
    `shutdown -h +${minutes} || poweroff -f`,
    // Not ERR: that one sleeps through an unset variable and whatever happens in a function.
    "trap '[ $? -eq 0 ] || shutdown -h now' EXIT",
    'set -euo pipefail',
    // ECS's images bring no AWS CLI. Amazon Linux's packages come from S3, so this works without internet too.
    'command -v aws > /dev/null || dnf install --assumeyes --quiet awscli-2',
    `mkdir -p ${path.slice(0, path.lastIndexOf('/'))}`,
    `aws s3 cp --only-show-errors '${script.s3ObjectUrl}' ${path} --region ${Aws.REGION}`,
    `python3 ${path} --ceiling-minutes ${minutes} --accelerator ${image.accelerator} --log-group '${logGroup.logGroupName}' --region ${Aws.REGION}`,
  );
  return userData;
}

/** This one object. `Asset.grantRead` would open every asset of the account's bootstrap bucket. */
export function grantReadScript(script: Asset, role: IRole): void {
  Grant.addToPrincipal({
    grantee: role,
    actions: ['s3:GetObject'],
    resourceArns: [script.bucket.arnForObjects(script.s3ObjectKey)],
  });
}
