/** What the app is given by file: recommendations for EC2, and a comparison of two. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { ec2Recommendation } from '../support/ec2-recommendation.ts';
import { recommendation002 } from '../support/recommendation.ts';

/** A stack's name comes from its experiment: one of its own lets it stand beside the others. */
const named = (experiment: string, found: Recommendation): Recommendation => ({ ...found, experiment });

/** @returns the file, for `-c recommendation` */
export function ec2Document(folder: string, experiment: string, instanceType: string): string {
  return written(folder, `${experiment}.json`, named(experiment, ec2Recommendation(instanceType)));
}

/** @returns the file, for `-c comparison` */
export function comparisonDocument(folder: string): string {
  const sides = ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge'].map((instanceType, at) => {
    const golden = recommendation002();
    const deploy = { ...golden.deploy!, instanceType, id: `trt-db@sagemaker/${instanceType}` };
    written(folder, `side-${at}.json`, { ...golden, deploy });
    return { recommendation: `side-${at}.json`, image: IMAGE, model: 's3://models/model.tar.gz' };
  });
  return written(folder, 'comparison.json', {
    schema: 'infersweep.comparison.v1',
    sides,
    traffic: {
      image: IMAGE,
      command: ['--url', '{url}', '--rate', '{requestsPerMinute}'],
      requestsPerMinute: 600,
      startsAt: '2027-01-31T12:00:00Z',
      minutes: 30,
    },
    expiresAt: '2027-01-31T13:00:00Z',
  });
}

export const IMAGE = `123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`;

function written(folder: string, name: string, document: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(document));
  return file;
}
