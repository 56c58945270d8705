/** What AWS does around a policy. Every figure is a parameter: N and M belong to the alarms of a deployment, not to a contract. */

/**
 * AWS publishes no rule for scale-in beyond "gradually": results are a bracket between removing what the load does not
 * need and removing one instance per action.
 */
export const scaleInModes = ['proportional', 'one-by-one'] as const;
export type ScaleInMode = (typeof scaleInModes)[number];

export interface Assumptions {
  /** Seconds of a metric's period for scale-out. */
  periodS: number;
  /** Points in a row above the target (3 of 3 in DescribeAlarms of ECS and SageMaker policies). */
  highPeriods: number;
  /** Seconds of a period for scale-in; a minute with high-resolution metrics, too. */
  lowPeriodS: number;
  /** Points in a row below (15 of 15). */
  lowPeriods: number;
  /** Scale-in begins below this share of the target (0.9 in DescribeAlarms). */
  lowFactor: number;
  /** From the end of a period until an alarm can read its value: 60, 120, 180 s at one minute; 10, 30, 40 s below. */
  publishDelayS: number;
  /** A minute; 10 s where the period is shorter. */
  evaluateEveryS: number;
  /** From the decision to the first launch: 2 to 30 s, assumed. */
  actionS: number;
  /** From launch to the first good answer, median: measured, else by target. */
  startS: number;
  /** Spread of the start: standard deviation over mean of a lognormal, 0.1 to 0.4. */
  startCv: number;
  /** Share of that variance that instances of one action have in common. */
  startShared: number;
  scaleIn: ScaleInMode;
  /** One change at a time (SageMaker: "Cannot update in-progress endpoint"). */
  lock: boolean;
  /** No launch until the one before is this old (instance warm-up of an ECS capacity provider); 0 for none. */
  warmupS: number;
  /** A minute without requests publishes nothing instead of zero: AWS documents both. */
  zeroSilent: boolean;
  /** Seconds for which an instance is paid after it stopped serving (15 points of the capacity provider's alarm). */
  idleTailS: number;
  /** Instances the account may run; a change beyond is refused whole. */
  quota: number | null;
  /** Probability that a change is refused for want of capacity, drawn for each one. */
  refusalShare: number;
}

const common = {
  periodS: 60,
  highPeriods: 3,
  lowPeriodS: 60,
  lowPeriods: 15,
  lowFactor: 0.9,
  publishDelayS: 120,
  evaluateEveryS: 60,
  actionS: 5,
  startCv: 0.2,
  startShared: 0.5,
  scaleIn: 'proportional',
  zeroSilent: false,
  quota: null,
  refusalShare: 0,
} satisfies Partial<Assumptions>;

/** Without a measured start: 110 s for instance and image, 100 s to load, 20 s to InService, 30 s until clients see it. */
export const sageMakerAssumptions: Assumptions = {
  ...common,
  startS: 260,
  lock: true,
  warmupS: 0,
  idleTailS: 0,
};

/** Without a measured start: 75 s to boot, 150 s to pull 9 GB, 75 s to load and pass a health check. */
export const ecsAssumptions: Assumptions = {
  ...common,
  startS: 300,
  lock: false,
  warmupS: 300,
  idleTailS: 900,
};
