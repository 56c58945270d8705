/** `containers/images.lock.json`: every image that is started or built upon, pinned once. Dockerfiles take it as BASE. */
import * as z from 'zod';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const architecture = z.enum(['amd64', 'arm64']);
const accountId = z.string().regex(/^\d{12}$/);

const lockedImageSchema = z
  .strictObject({
    name: z.string(),
    /** Host of the registry; null where it is an account's in the region (see `accounts`). */
    registry: z.string().nullable(),
    /** Name of the account map; null for a public registry. */
    accounts: z.string().nullable(),
    /** The only regions that have it; null where the account map alone decides. */
    regions: z.array(z.string()).nullable(),
    repository: z.string(),
    tag: z.string(),
    /** null with the reason. */
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .nullable(),
    digestReason: z.string().nullable(),
    arch: z.array(architecture).min(1),
    /** Dockerfiles built upon it (`cpu` is `containers/images/cpu.Dockerfile`), each for these architectures. */
    builds: z.record(z.string(), z.array(architecture).min(1)),
    /** Last day with fixes; null where the publisher states none. */
    endOfSupport: day.nullable(),
    /** Major version of the NVIDIA driver that it runs on natively; null where it needs none or none is stated. */
    driverMajor: z.int().nullable(),
    tensorRt: z.string().nullable(),
    torch: z.string().nullable(),
    python: z.string().nullable(),
    /** Kept past its end, because the device or the replay it serves has no successor. */
    frozen: z.boolean(),
    /** Why it is frozen. */
    reason: z.string().nullable(),
    source: z.string(),
  })
  .refine(
    (i) => (i.digest === null) === (i.digestReason !== null),
    'a missing digest needs a digestReason, and only it',
  )
  .refine((i) => i.frozen === (i.reason !== null), 'a frozen image needs a reason, and only it')
  .refine((i) => (i.registry === null) === (i.accounts !== null), 'either a registry or an account map')
  .refine(
    (i) => Object.values(i.builds).every((built) => built.every((a) => i.arch.includes(a))),
    'a build for an architecture that the image does not have',
  );
export type LockedImage = z.infer<typeof lockedImageSchema>;

export const imagesLockSchema = z
  .strictObject({
    schema: z.literal('infersweep.images-lock.v1'),
    retrievedAt: day,
    /** Registry account of each region; `default` for regions not listed, null where those have none. */
    accounts: z.record(
      z.string(),
      z.strictObject({ source: z.string(), default: accountId.nullable(), byRegion: z.record(z.string(), accountId) }),
    ),
    images: z.array(lockedImageSchema),
  })
  .refine((l) => new Set(l.images.map((i) => i.name)).size === l.images.length, 'a name twice')
  .refine((l) => l.images.every((i) => i.accounts === null || i.accounts in l.accounts), 'an unknown account map');
export type ImagesLock = z.infer<typeof imagesLockSchema>;

/** @throws Error that lists the names in the lock. */
export function lockedImage(lock: ImagesLock, name: string): LockedImage {
  const found = lock.images.find((i) => i.name === name);
  if (found) return found;
  throw new Error(
    `no image "${name}" in containers/images.lock.json; it has ${lock.images.map((i) => i.name).join(', ')}`,
  );
}
