/**
 * The functions of a sweep on AWS, lowest first, each with the workflows that it calls as executions of their own and
 * the function which carries them. Only a function further up the list can know the version of one below it.
 */
export const sweepFunctions = {
  group: {},
  shard: { group: 'group' },
  sweep: { shard: 'shard', group: 'group', preparation: 'group' },
} as const satisfies Record<string, Record<string, string>>;

export type SweepFunctionName = keyof typeof sweepFunctions;
