import { Fn, Stack, Token } from 'aws-cdk-lib';

/** Regions in which an account sees two zones only (AWS documentation, "Regions and Availability Zones"). */
const TWO_ZONES = ['us-west-1'];

/**
 * A stack that knows its zones without asking: CDK would look them up in the account of a named environment, so that a
 * synth needed credentials and gave each account another template. CloudFormation picks them at deployment.
 */
export abstract class ZonedStack extends Stack {
  override get availabilityZones(): string[] {
    const three = !Token.isUnresolved(this.region) && !TWO_ZONES.includes(this.region);
    return Array.from({ length: three ? 3 : 2 }, (_, zone) => Fn.select(zone, Fn.getAzs()));
  }
}
