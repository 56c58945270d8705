/** A pure Python model inside our server: exercises everything but a real runtime. */
import { dynamicBatching } from './batching.ts';
import type { Runtime } from './parameter.ts';

export const reference = {
  name: 'reference',
  needsModel: false,
  origin: 'measured',
  environment: () => null,
  parameters: { dynamicBatching },
} as const satisfies Runtime;
