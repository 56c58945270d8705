/** What a run needs to know to launch hosts. */
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { LabNetwork } from '../constructs/lab-network.ts';
import type { TrialHosts } from '../constructs/trial-hosts.ts';
import type { HostSite } from '../core/catalog/lab.ts';

export function hostSite({ vpc, vpcSubnets }: LabNetwork, hosts: TrialHosts, logGroup: ILogGroup): HostSite {
  return {
    subnets: vpc.selectSubnets(vpcSubnets).subnetIds,
    hostLogGroup: logGroup.logGroupName,
    launchTemplates: Object.fromEntries(
      hosts.families.map((family) => {
        const template = hosts.launchTemplate(family);
        return [
          family,
          {
            id: template.launchTemplateId!,
            version: template.latestVersionNumber,
            maximumTtlMinutes: hosts.maximumTtl.toMinutes(),
          },
        ];
      }),
    ),
  };
}
