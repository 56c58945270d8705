import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

/** The image that a Dockerfile starts from, as `containers/images.lock.json` has it. */
export interface BaseImage {
  /** Host of a public registry; null where it is an account's of ECR, by region. */
  readonly registry: string | null;
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…`; null where it was not looked up, and then the build refuses it. */
  readonly digest: string | null;
  /** Account of the registry: `default` for regions not listed, null where those have none. Only without `registry`. */
  readonly accounts: { readonly default: string | null; readonly byRegion: Readonly<Record<string, string>> } | null;
  /** The only regions that have it; null where the accounts alone decide. */
  readonly regions: readonly string[] | null;
}

/** An image that the kit builds. */
export interface KitImage {
  /** Last part of its repository's name, and of the SSM parameter of its digest. */
  readonly name: string;
  /** Below `containers/`. */
  readonly dockerfile: string;
  /** What it runs on, and so what builds it. */
  readonly architecture: 'amd64' | 'arm64';
  /** Goes to the build as argument `BASE`. */
  readonly base: BaseImage;
  /**
   * Further arguments of the build. No value may hold a blank.
   *
   * @default - none
   */
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** Whether the base may be withdrawn: then the image cannot be had again, and its repository stays when the stack goes. */
  readonly frozen: boolean;
}

/** @throws with everything that is wrong */
export function assertKitImage({ name, base, buildArguments }: KitImage): void {
  const wrong = [
    ...(/^[a-z][a-z0-9-]*$/.test(name) ? [] : ['its name must match [a-z][a-z0-9-]*']),
    ...(base.digest === null || /^sha256:[0-9a-f]{64}$/.test(base.digest)
      ? []
      : [`its base ${base.repository} is pinned by "${base.digest}", must be sha256:<64 hex digits>`]),
    ...Object.entries(buildArguments ?? {})
      .filter(([key, value]) => /\s/.test(key + value))
      .map(([key]) => `build argument ${key} holds a blank`),
  ];
  if (wrong.length > 0) throw new Error(`image "${name}" cannot be built: ${wrong.join('; ')}.`);
}

export interface BaseReference {
  readonly uri: string;
  /** Registry of ECR to log in to; empty for a public one. */
  readonly registry: string;
  /** What the build must be allowed to pull; null for a public one. */
  readonly repositoryArn: string | null;
}

/** Address of the base in the stack's region; where only deployment knows the region, by a mapping of the template. */
export function referenceOf(scope: Construct, base: BaseImage): BaseReference {
  const version = base.digest === null ? `:${base.tag}` : `@${base.digest}`;
  if (base.registry !== null) {
    return { uri: `${base.registry}/${base.repository}${version}`, registry: '', repositoryArn: null };
  }
  const { region } = Stack.of(scope);
  const byRegion = accountsOf(base);
  const account = Token.isUnresolved(region)
    ? new CfnMapping(scope, 'Accounts', {
        mapping: Object.fromEntries(Object.entries(byRegion).map(([name, account]) => [name, { account }])),
      }).findInMap(Aws.REGION, 'account')
    : byRegion[region];
  if (account === undefined) {
    throw new Error(
      `base image ${base.repository}:${base.tag} is not published in ${region}. It is in: ${Object.keys(byRegion).join(', ')}. Deploy to one of these.`,
    );
  }
  const registry = `${account}.dkr.ecr.${region}.${Aws.URL_SUFFIX}`;
  return {
    uri: `${registry}/${base.repository}${version}`,
    registry,
    repositoryArn: `arn:${Aws.PARTITION}:ecr:${region}:${account}:repository/${base.repository}`,
  };
}

/** One account for every region that has the image, so that a template for any region can hold them. */
function accountsOf({ accounts, regions }: BaseImage): Record<string, string> {
  const all = new Set([...RegionInfo.regions.map(({ name }) => name), ...Object.keys(accounts?.byRegion ?? {})]);
  return Object.fromEntries(
    [...all].sort().flatMap((region) => {
      const account = accounts?.byRegion[region] ?? accounts?.default;
      return account && (regions === null || regions.includes(region)) ? [[region, account]] : [];
    }),
  );
}
