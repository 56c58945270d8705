import { type Command, InvalidArgumentError, Option } from 'commander';
import { changesBetween } from '../core/promote/changes.ts';
import {
  type Acceptable,
  acceptable,
  type Objection,
  objectionsTo,
  standingObjections,
} from '../core/promote/objections.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { askAws, regionOrThrow } from './aws-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { type Evidence, openEvidenceOrThrow } from './open-evidence.ts';
import { openRunOrThrow } from './open-run.ts';
import { near, note, printJson, say } from './output.ts';
import { refuseEditedPlan, sealOf } from './plan-seal.ts';
import { promotedFile, readPromoted, writePromoted } from './promoted-file.ts';
import { simulateEvidence, traceFor } from './simulate-evidence.ts';
import { table } from './table.ts';
import { seeds, traceHelp } from './verb-simulate.ts';

interface Options {
  to?: string;
  trace?: string;
  seeds: number;
  maxAge: number;
  maxPriceAge: number;
  accept: Acceptable[];
  on?: string;
  dryRun?: boolean;
  json?: boolean;
}

const days = (text: string) => {
  const n = Number(/^(\d+(?:\.\d+)?)d?$/.exec(text)?.[1]);
  if (!(n > 0 && n <= 3650)) throw new InvalidArgumentError('must be days from 1 to 3650, such as 30d.');
  return n;
};
const accepts = (text: string, before: Acceptable[]) => {
  const found = acceptable.find((a) => a === text);
  if (found === undefined) throw new InvalidArgumentError(`must be one of ${acceptable.join(', ')}.`);
  return [...before, found];
};

export function register(program: Command, kit: Kit): void {
  program
    .command('promote')
    .description('write a recommendation where `cdk deploy` reads it, and show what that changes')
    .argument('[run]', 'run id, run directory, or directory with published.json; the newest run unless given')
    .option('--to <file>', 'where to; promoted/EXPERIMENT.json unless given, which the CDK app reads by itself')
    .option('--trace <name>', `demand that scaling is picked for: ${traceHelp}`)
    .option('--seeds <n>', 'days that each scaling policy is judged by', seeds, 50)
    .option('--max-age <days>', 'older measurements are refused', days, 30)
    .option('--max-price-age <days>', 'older prices are refused', days, 90)
    .option(
      '--accept <reason>',
      `go on in spite of: ${acceptable.join(', ')}; repeatable, and written into the file`,
      accepts,
      [],
    )
    .addOption(new Option('--on <where>', 'aws: also say what serves there now').choices(['aws']))
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print the promoted recommendation and its changes as one JSON document')
    .action(async (reference: string | undefined, o: Options) => {
      const evidence = await openEvidenceOrThrow(kit, reference);
      const { measuredWith, planSha256 } = await sealedBy(kit, evidence);
      const { recommendation, objections } = prepared(kit, evidence, measuredWith, o);
      const refused = standingObjections(objections, o.accept);
      if (refused.length > 0) throw refusal(evidence.id, reference, refused);
      const promoted: Recommendation = {
        ...recommendation,
        warnings: [...recommendation.warnings, ...objections.map(({ why }) => `promoted although ${why}`)],
        promotion: {
          run: evidence.id,
          promotedAt: kit.now().toISOString(),
          kitVersion: kit.version,
          planSha256,
          accepted: objections.map(({ code }) => code),
        },
      };
      const file = o.to ?? promotedFile(promoted.experiment);
      const there = readPromoted(file);
      const changes = changesBetween(there === 'unreadable' ? null : there, promoted);
      const deployed = o.on === undefined ? null : await deployedNow(kit, evidence, promoted.experiment);
      if (o.json) printJson({ file, written: !o.dryRun, changes, deployed, recommendation: promoted });
      else {
        say(promoted.sentence);
        for (const { why } of objections) note(`accepted: ${why}`);
        if (there === 'unreadable') note(`${near(file)} is no recommendation of this version and is replaced`);
        for (const line of deployedLines(deployed, promoted)) say(line);
        if (changes.length === 0) say(`${near(file)} holds the same already`);
        else
          for (const line of table(
            ['', there === null ? 'nothing yet' : 'now', 'promoted'],
            changes.map((c) => [c.field, c.before ?? '-', c.after ?? '-']),
          ))
            say(line);
      }
      if (o.dryRun) return note(`nothing was written; without --dry-run it goes to ${near(file)}`);
      // Written again it would differ by its date alone.
      if (changes.length === 0 && there !== 'unreadable' && there?.promotion?.run === evidence.id) return;
      writePromoted(file, promoted);
      note(`wrote ${near(file)}`);
      const context = o.to === undefined ? '' : ` -c recommendation=${near(file)}`;
      note(`next: npx cdk diff InfersweepProduction-${promoted.experiment}${context}`);
    });
}

/** What the run's lock says; a plan that was edited since is refused. */
async function sealedBy(
  kit: Kit,
  { folder, id }: Evidence,
): Promise<{ measuredWith: string | null; planSha256: string | null }> {
  if (folder === null) return { measuredWith: null, planSha256: null };
  const { run } = await openRunOrThrow(kit, kit.openRun(id) === null ? folder : id);
  await refuseEditedPlan(run);
  const lock = await run.store.get('lock.json');
  const { kitVersion = null } = lock === null ? {} : (JSON.parse(lock) as { kitVersion?: string });
  return { measuredWith: kitVersion, planSha256: sealOf((await run.store.get('plan.json'))!) };
}

/** With the scaling values that serve the demand for the least money. */
function prepared(kit: Kit, evidence: Evidence, measuredWith: string | null, o: Options) {
  const { recommendation, measurements } = evidence;
  const objections = objectionsTo({
    recommendation,
    measurements,
    measuredWith,
    kitVersion: kit.version,
    nowMs: kit.now().getTime(),
    maxAgeDays: o.maxAge,
    maxPriceAgeDays: o.maxPriceAge,
  });
  // Simulating takes its time: a refusal that stands already is not made to wait for it.
  if (standingObjections(objections, o.accept).length > 0 || recommendation.scaling === null)
    return { recommendation, objections };
  note(`simulating ${traceFor(evidence, o.trace).name} with ${o.seeds} seeds, for the scaling values`);
  const { scaling, trace } = simulateEvidence(evidence, o);
  if (scaling !== null) return { recommendation: { ...recommendation, scaling }, objections };
  const unscalable: Objection = {
    code: 'scaling',
    why: `no scaling policy serves ${trace.name} within the objective; the planned values would be deployed`,
    fix: `see what would: infersweep simulate ${evidence.id}${o.trace === undefined ? '' : ` --trace ${o.trace}`}`,
  };
  return { recommendation, objections: [...objections, unscalable] };
}

/** @param reference as it was typed: published figures are found by it alone */
function refusal(id: string, reference: string | undefined, refused: readonly Objection[]): CliError {
  // Beside what nobody can accept, the rest would only suggest that something helps.
  const hopeless = refused.filter(({ code }) => !isAcceptable(code));
  const lines = (hopeless.length > 0 ? hopeless : refused).map(
    ({ code, why, fix }) => `${why}\n  ${fix}${isAcceptable(code) ? `, or accept it: --accept ${code}` : ''}`,
  );
  const has = (code: Objection['code']) => refused.some((r) => r.code === code);
  return new CliError(
    has('infeasible') ? exitCodes.sloNotMet : exitCodes.preflight,
    `${id} is not promoted: ${lines.join('\n')}`,
    has('local')
      ? 'infersweep plan EXPERIMENT, with such a target: what it takes and costs'
      : `infersweep recommend ${reference ?? id}`,
  );
}

const isAcceptable = (code: Objection['code']) => acceptable.some((a) => a === code);

interface Deployed {
  arn: string;
  configuration: string;
  run: string | null;
}

async function deployedNow(kit: Kit, { plan }: Evidence, experiment: string): Promise<Deployed[]> {
  const aws = await kit.aws(regionOrThrow(plan?.region));
  return askAws(() => aws.inProduction(experiment));
}

function deployedLines(deployed: readonly Deployed[] | null, promoted: Recommendation): string[] {
  if (deployed === null) return [];
  if (deployed.length === 0) return [`nothing of ${promoted.experiment} serves there yet`];
  const same = (configuration: string) =>
    configuration === promoted.deploy?.id ? 'the same configuration' : `would become ${promoted.deploy?.id}`;
  return deployed.map(
    (d) => `serves now: ${d.configuration}${d.run === null ? '' : ` of ${d.run}`} (${d.arn}); ${same(d.configuration)}`,
  );
}
