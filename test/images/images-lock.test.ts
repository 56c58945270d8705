import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dayNumber } from '../../lib/core/catalog/day-number.ts';
import catalog from '../../lib/core/catalog/hosts.json' with { type: 'json' };
import { type ImagesLock, imagesLockSchema, lockedImage } from '../../lib/core/catalog/image.ts';
import { imageReference } from '../../lib/core/catalog/image-reference.ts';
import { releaseRefused, supportFindings } from '../../lib/core/catalog/image-support.ts';
import { readImagesLock } from '../../lib/files/read-images-lock.ts';

const lock = readImagesLock(join(import.meta.dirname, '..', '..', 'containers'));
const referenceOf = (name: string, region: string | null) => imageReference(lock, lockedImage(lock, name), region);

/** The lock with one image changed. */
function changed(name: string, change: Partial<ImagesLock['images'][number]>): ImagesLock {
  return { ...lock, images: lock.images.map((i) => (i.name === name ? { ...i, ...change } : i)) };
}

describe('the lock of images', () => {
  it.each([
    [
      'sagemaker-tritonserver',
      'us-east-1',
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-tritonserver:25.09-py3',
    ],
    [
      'sagemaker-tritonserver',
      'eu-south-2',
      '503227376785.dkr.ecr.eu-south-2.amazonaws.com/sagemaker-tritonserver:25.09-py3',
    ],
    [
      'sagemaker-tritonserver',
      'cn-north-1',
      '727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-tritonserver:25.09-py3',
    ],
    // The public example's account for new tags is this one, the old account of us-east-2.
    [
      'sagemaker-tritonserver-21.08',
      'us-east-2',
      '007439368137.dkr.ecr.us-east-2.amazonaws.com/sagemaker-tritonserver:21.08-py3',
    ],
    ['tritonserver', null, 'nvcr.io/nvidia/tritonserver:25.09-py3'],
  ])('finds %s in %s', (name, region, reference) => {
    expect(referenceOf(name, region)).toEqual({ reference, pinned: false });
  });

  it.each([
    ['sagemaker-tritonserver', null, /no region is set/],
    ['pytorch-neuron', 'us-west-1', /is not in us-west-1; it is in us-east-1, /],
    ['sagemaker-tritonserver-21.08', 'ap-south-2', /no account in ap-south-2; it has one in /],
  ])('says why %s cannot be had in %s', (name, region, why) => {
    expect(referenceOf(name, region)).toEqual({ missing: expect.stringMatching(why) });
  });

  it('names an image by its digest as soon as one is known', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const pinned = changed('tritonserver', { digest, digestReason: null });
    expect(imageReference(pinned, lockedImage(pinned, 'tritonserver'), null)).toEqual({
      reference: `nvcr.io/nvidia/tritonserver@${digest}`,
      pinned: true,
    });
  });

  it('lists its names to whoever asks for another', () => {
    expect(() => lockedImage(lock, 'triton')).toThrow(/no image "triton" .* it has python, .*tritonserver/);
  });

  it.each([
    ['tritonserver', { digestReason: null }, 'a missing digest needs a digestReason'],
    ['pytorch-neuron', { reason: null }, 'a frozen image needs a reason'],
    ['tritonserver', { registry: null }, 'either a registry or an account map'],
    ['tritonserver', { builds: { triton: ['arm64'] } }, 'a build for an architecture'],
    ['sagemaker-tritonserver', { accounts: 'other' }, 'an unknown account map'],
    ['node', { name: 'python' }, 'a name twice'],
  ] as const)('refuses %s with %j', (name, change, why) => {
    const parsed = imagesLockSchema.safeParse(changed(name, change as object));
    expect(parsed.error?.issues.map((i) => i.message).join()).toContain(why);
  });

  it('has every account id that the reference of sources lists, and both maps apart', () => {
    const modern = lock.accounts['deep-learning-containers']!;
    const old = lock.accounts['sagemaker-triton-before-23.12']!;
    expect([Object.keys(modern.byRegion).length, Object.keys(old.byRegion).length]).toEqual([20, 22]);
    expect(old.default).toBeNull();
    expect(new Set(Object.values(old.byRegion)).size).toBe(22);
  });
});

describe('the end of support', () => {
  const one = (endOfSupport: string, frozen = false): ImagesLock => ({
    ...lock,
    images: [{ ...lockedImage(lock, 'tritonserver'), endOfSupport, frozen, reason: frozen ? 'kept' : null }],
  });

  it.each([
    ['2026-06-30', '2026-05-30', []],
    ['2026-06-30', '2026-05-31', ['ending']],
    ['2026-06-30', '2026-06-30', ['ending']],
    ['2026-06-30', '2026-07-01', ['ended']],
  ])('on %s, seen on %s, is %j', (end, today, states) => {
    const findings = supportFindings(one(end), today);
    expect(findings.map((f) => f.state)).toEqual(states);
    expect(releaseRefused(findings)).toBe(states.includes('ended'));
    expect(supportFindings(one(end, true), today)).toEqual([]);
  });

  it('says what to do', () => {
    expect(supportFindings(one('2026-06-30'), '2026-07-02')[0]!.message).toMatch(
      /^tritonserver:25.09-py3: support ended 2 days ago \(2026-06-30\); pin a newer tag/,
    );
  });

  it.each(['1970-01-01', '2000-02-29', '2023-12-31', '2024-03-01', '2100-03-01', '2026-11-25'])(
    'counts days to %s',
    (d) => {
      expect(dayNumber(d)).toBe(Date.parse(d) / 86_400_000);
    },
  );
});

describe('the versions that must fit together', () => {
  it('compile and serve with one TensorRT', () => {
    const versions = ['pytorch', 'tritonserver', 'sagemaker-tritonserver'].map((n) => lockedImage(lock, n).tensorRt);
    expect(new Set(versions)).toEqual(new Set(['10.13.3']));
  });

  it('need no newer driver than the hosts have', () => {
    const newest = Math.max(...catalog.hosts.map((h) => h.driverMajor ?? 0));
    expect(newest).toBe(580);
    for (const image of lock.images) expect(image.driverMajor ?? 0).toBeLessThanOrEqual(newest);
  });
});
