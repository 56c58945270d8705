/** The policy, in the order of its report. */
import type { Rule } from './rule.ts';
import { imagePinned } from './rules/image-pinned.ts';
import { instanceTypeKnown } from './rules/instance-type-known.ts';
import { logRetention } from './rules/log-retention.ts';
import { metadataTokens } from './rules/metadata-tokens.ts';
import { networkIsolation } from './rules/network-isolation.ts';
import { noAmazonLinux2 } from './rules/no-amazon-linux-2.ts';
import { noPublicIngress } from './rules/no-public-ingress.ts';
import { noWildcardCreateDelete } from './rules/no-wildcard-create-delete.ts';
import { repositoryImmutable } from './rules/repository-immutable.ts';
import { variantPropertiesKept } from './rules/variant-properties-kept.ts';

export const rules: readonly Rule[] = [
  imagePinned,
  networkIsolation,
  metadataTokens,
  noWildcardCreateDelete,
  instanceTypeKnown,
  repositoryImmutable,
  noAmazonLinux2,
  variantPropertiesKept,
  noPublicIngress,
  logRetention,
];
