/** Where a locked image is pulled from in a region. */
import type { ImagesLock, LockedImage } from './image.ts';

export type ImageReference =
  /** `pinned`: named by its digest, so that it can never become another image. */
  { reference: string; pinned: boolean } | { missing: string };

/** @param region null outside AWS: only public registries answer. */
export function imageReference(lock: ImagesLock, image: LockedImage, region: string | null): ImageReference {
  const registry = registryOf(lock, image, region);
  if (typeof registry !== 'string') return registry;
  const version = image.digest === null ? `:${image.tag}` : `@${image.digest}`;
  return { reference: `${registry}/${image.repository}${version}`, pinned: image.digest !== null };
}

function registryOf(lock: ImagesLock, image: LockedImage, region: string | null): string | { missing: string } {
  if (image.registry !== null) return image.registry;
  if (region === null) return { missing: `${image.name} lies in a registry of its region; no region is set` };
  if (image.regions !== null && !image.regions.includes(region)) {
    return { missing: `${image.name} is not in ${region}; it is in ${image.regions.join(', ')}` };
  }
  const map = lock.accounts[image.accounts!]!;
  const account = map.byRegion[region] ?? map.default;
  if (account === null) {
    return {
      missing: `${image.name} has no account in ${region}; it has one in ${Object.keys(map.byRegion).join(', ')}`,
    };
  }
  return `${account}.dkr.ecr.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
}
