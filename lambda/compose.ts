/** The composition of a sweep on AWS: the same ports that `bin/` makes for a terminal, with the function in its place. */
import { DynamoLedger } from '../lib/aws/ledger.ts';
import type { RunEntries } from '../lib/aws/ledger-entry.ts';
import { parameterClient, runPorts } from '../lib/aws/run-ports.ts';
import { readRunSite } from '../lib/aws/run-site.ts';
import { withSealedPlan } from '../lib/aws/sealed-plan.ts';
import { ServerClock } from '../lib/aws/server-clock.ts';
import type { Lab } from '../lib/core/catalog/lab.ts';
import type { Ledger } from '../lib/core/ports/ledger.ts';
import type { EnginePorts } from '../lib/engine/ports.ts';
import { readPlan } from '../lib/engine/workflow/documents.ts';
import { resourceName } from '../lib/engine/workflow/names.ts';

/** Set by the bundler. */
declare const KIT_VERSION: string | undefined;

/**
 * Makes the ports of one run. It does nothing, so that it may be called in every invocation, outside of steps.
 * @param planSha256 of the plan that it was started with; null: of any
 */
export type PortsOf = (runId: string, planSha256: string | null) => EnginePorts;

export interface OpenedRun {
  ports: EnginePorts;
  /** Of its lease. */
  entries: RunEntries;
  /** Of the Lab that it runs in. */
  lab: Lab;
  region: string;
}

/**
 * Reads what the stacks say, and the time at AWS with it.
 * @param environment of the function
 * @throws naming the stack to deploy
 */
export async function openPorts(environment: NodeJS.ProcessEnv): Promise<PortsOf> {
  const open = await openRun(environment);
  // One execution of a name runs at a time: the carrier is the lease.
  return (runId, planSha256) => open(runId, null, planSha256).ports;
}

/** The same for a controller that holds a lease, whose token the ledger's writes then carry. */
export async function openRun(
  environment: NodeJS.ProcessEnv,
): Promise<(runId: string, token: number | null, planSha256: string | null) => OpenedRun> {
  const { AWS_REGION: region, AWS_ENDPOINT_URL: endpoint } = environment;
  if (!region) throw new Error('AWS_REGION is not set, which Lambda and ECS do for whatever they run');
  const clock = new ServerClock();
  const site = await readRunSite(parameterClient(region, clock, endpoint), region);
  return (runId, token, planSha256) => {
    const { entries, ...made } = runPorts({
      runId,
      region,
      site,
      token,
      budgetUsd: null,
      clock,
      nameOf: resourceName,
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    const ports: EnginePorts = {
      ...made,
      store: withSealedPlan(made.store, planSha256),
      // One JSON object a line is what CloudWatch Logs Insights can query.
      progress: { emit: (event) => console.log(JSON.stringify({ runId, ...event })) },
      versions: {
        infersweep: typeof KIT_VERSION === 'string' ? KIT_VERSION : 'unbundled',
        node: process.versions.node,
        driver: 'aws',
      },
    };
    const lease = token === null ? null : { token };
    const ledger = withinPlan(ports, (budgetUsd) => new DynamoLedger({ ...entries, budgetUsd, lease }));
    return { ports: { ...ports, ledger }, entries, lab: site.lab, region };
  };
}

/** The budget stands in the plan, which only a step may read: the first reservation does. */
function withinPlan(ports: EnginePorts, ledgerOf: (budgetUsd: number | null) => Ledger): Ledger {
  let known: Promise<Ledger> | null = null;
  const read = async () => ledgerOf((await readPlan(ports)).budget.usd);
  return {
    reserve: async (hold) => {
      known ??= read();
      const ledger = await known.catch((error) => {
        known = null;
        throw error;
      });
      return ledger.reserve(hold);
    },
    settle: (name, usd) => ports.ledger.settle(name, usd),
    settleRest: () => ports.ledger.settleRest(),
    balance: () => ports.ledger.balance(),
  };
}
