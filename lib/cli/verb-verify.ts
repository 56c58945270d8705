import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { median } from '../core/measure/median.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { type ScalingAlarm, type StepPlan, stepPlan } from '../core/scale/verify/step-plan.ts';
import { type StepVerdict, verdictOfStep } from '../core/scale/verify/step-verdict.ts';
import { parseDuration } from '../core/spec/duration.ts';
import { askAws, regionOrThrow, type Service } from './aws-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note, printJson, say, seconds as secondsText } from './output.ts';
import { assertAnswers, callableOrThrow } from './probe-service.ts';
import { PROMOTED, promotedFile, readPromoted } from './promoted-file.ts';
import { runStep } from './run-step.ts';
import { table } from './table.ts';

interface Options {
  region?: string;
  url?: string;
  rate?: number;
  duration: number;
  settle: number;
  allow?: number;
  budget: number;
  inputs?: string;
  timeout: number;
  json?: boolean;
}

const duration = (text: string) => {
  const s = parseDuration(text);
  if (s === null || s > MOST_SECONDS)
    throw new InvalidArgumentError('must be a duration up to 2h, such as 90s or 15m.');
  return s;
};
const positive = (text: string) => {
  const n = Number(text);
  if (!(n > 0 && Number.isFinite(n))) throw new InvalidArgumentError('must be a number above 0.');
  return n;
};
const origin = (text: string) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw new InvalidArgumentError('must be an origin, such as https://models.example.com.');
  return url.origin;
};
const MOST_SECONDS = 7200;

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('verify')
    .description(
      'step the load of what is deployed from its quiet rate to its peak: does it keep the SLO, and does it scale out',
    )
    .argument('[file]', 'promoted recommendation; the one in promoted/ unless given')
    .option('--region <name>', 'where it serves; AWS_REGION unless given')
    .option(
      '--url <origin>',
      'how a service on EC2 is called, where only the name of its certificate is answered',
      origin,
    )
    .option('--rate <n>', 'requests per minute to step to; the peak of the demand unless given', positive)
    .option('--duration <time>', 'of the whole verification, at most', duration, 900)
    .option('--settle <time>', 'measured before the step, and again after the scale-out', duration, 120)
    .option('--allow <time>', 'how long the scale-out may take; from the alarm and the start unless given', duration)
    .option('--budget <usd>', 'refuse when the fleet could cost more meanwhile', positive, 10)
    .option('--inputs <file>', 'requests, one a line; those of the promoted run unless given')
    .option('--timeout <time>', 'a slower answer is an error', duration, 10)
    .option('--json', 'print the verdict as one JSON document')
    .action(async (file: string | undefined, o: Options) => {
      const recommendation = openPromotedOrThrow(file);
      const { service, arn } = await serviceOrThrow(kit, recommendation, o);
      const [alarm = null] = await askAws(() => service.alarms());
      const plan = planOrThrow(recommendation, alarm, await measuredStart(kit, recommendation), o);
      await assertRoomToGrow(service, plan, arn);
      const endpoint = await callableOrThrow(kit, recommendation, service, { arn, ...o });
      await assertAnswers(kit, endpoint, o.timeout * 1000);
      note(`${arn}: ${alarmText(alarm)}`);
      note(
        `${plan.lowPerSecond.toFixed(1)}/s for ${secondsText(plan.beforeSeconds)}, then ${plan.peakPerSecond.toFixed(1)}/s for at most ${secondsText(plan.stepSeconds)}; ${plan.expectedInstances} instances are due within ${secondsText(plan.allowedSeconds)}; at most ${plan.usdAtMost?.toFixed(2)} USD`,
      );
      const observed = await runStep(kit, {
        plan,
        endpoint,
        service,
        timeoutMs: o.timeout * 1000,
      });
      const verdict = verdictOfStep(plan, observed, recommendation.slo);
      if (o.json)
        printJson({
          schema: 'infersweep.verification.v1',
          service: arn,
          alarm,
          plan,
          fleet: observed.fleet,
          activities: observed.activities,
          ...verdict,
        });
      else for (const line of lines(verdict, recommendation)) say(line);
      leave(
        verdict.verdict === 'missed'
          ? exitCodes.sloNotMet
          : verdict.verdict === 'undecided'
            ? exitCodes.invalidTrial
            : exitCodes.ok,
      );
    });
}

function openPromotedOrThrow(named: string | undefined): Recommendation {
  const files = existsSync(PROMOTED) ? readdirSync(PROMOTED).filter((f) => f.endsWith('.json')) : [];
  if (named === undefined && files.length !== 1)
    throw new CliError(
      exitCodes.usage,
      files.length === 0
        ? `nothing is promoted: ${PROMOTED}/ holds no recommendation`
        : `${PROMOTED}/ holds ${files.join(', ')}: name one`,
      files.length === 0 ? 'infersweep promote RUN' : `infersweep verify ${join(PROMOTED, files[0]!)}`,
    );
  const file = named ?? promotedFile(files[0]!.replace(/\.json$/, ''));
  const read = readPromoted(file);
  if (read === null) throw new CliError(exitCodes.usage, `${file} does not exist`, 'infersweep promote RUN');
  if (read === 'unreadable')
    throw new CliError(exitCodes.usage, `${file} is no recommendation of this version`, 'infersweep promote RUN');
  return read;
}

async function serviceOrThrow(
  kit: Kit,
  { experiment, deploy }: Recommendation,
  o: Options,
): Promise<{ service: Service; arn: string }> {
  const aws = await kit.aws(regionOrThrow(o.region));
  const serving = await askAws(() => aws.inProduction(experiment));
  const next = `npx cdk deploy InfersweepProduction-${experiment}`;
  if (serving.length === 0) throw new CliError(exitCodes.preflight, `nothing of ${experiment} serves there`, next);
  const found = serving.find((s) => s.configuration === deploy?.id);
  if (found === undefined)
    throw new CliError(
      exitCodes.preflight,
      `${serving.map((s) => s.configuration).join(', ')} serves ${experiment}, and not the promoted ${deploy?.id}`,
      next,
    );
  const service = aws.service(found.arn);
  if (service === null) throw new CliError(exitCodes.preflight, `${found.arn} is nothing that the kit deploys`, next);
  return { service, arn: found.arn };
}

function planOrThrow(
  recommendation: Recommendation,
  alarm: ScalingAlarm | null,
  startSeconds: number | null,
  o: Options,
): StepPlan {
  const answer = stepPlan({
    recommendation,
    alarm,
    peakPerMinute: o.rate ?? null,
    durationSeconds: o.duration,
    settleSeconds: o.settle,
    startSeconds,
    allowedSeconds: o.allow ?? null,
  });
  if (!answer.ok) throw new CliError(exitCodes.usage, answer.why, answer.fix);
  const { usdAtMost } = answer.plan;
  if (usdAtMost === null)
    throw new CliError(
      exitCodes.preflight,
      'no price is known of what would scale out, so no ceiling can be kept',
      'state it under prices: in the experiment, and promote again',
    );
  if (usdAtMost > o.budget)
    throw new CliError(
      exitCodes.preflight,
      `the fleet could cost ${usdAtMost.toFixed(2)} USD until it has shrunk again, the ceiling is ${o.budget} USD`,
      `infersweep verify --budget ${Math.ceil(usdAtMost)}, or a shorter --duration`,
    );
  return answer.plan;
}

/** A fleet that is grown already would pass without having scaled. */
async function assertRoomToGrow(service: Service, { expectedInstances }: StepPlan, arn: string): Promise<void> {
  const { desired, instances } = await askAws(() => service.fleet());
  if (instances === 0)
    throw new CliError(
      exitCodes.preflight,
      `no instance of ${arn} takes requests; ${desired} are asked for`,
      'infersweep verify, when it serves',
    );
  if (Math.max(desired, instances) >= expectedInstances)
    throw new CliError(
      exitCodes.preflight,
      `${Math.max(desired, instances)} instances serve already, and the step needs ${expectedInstances}: nothing would scale out`,
      'infersweep verify, when the fleet has shrunk; or step higher: --rate N',
    );
}

/** Median of the promoted run; null when that is not here, or measured none. */
async function measuredStart(kit: Kit, { promotion, deploy }: Recommendation): Promise<number | null> {
  const run = promotion === undefined ? null : kit.openRun(promotion.run);
  const own = (await run?.records.list())?.filter((m) => m.configuration.id === deploy!.id) ?? [];
  return median(own.flatMap((m) => m.startup.readySeconds ?? []));
}

function alarmText(alarm: ScalingAlarm | null): string {
  return alarm === null
    ? 'no alarm scales it out; the values of the recommendation are taken for it'
    : `scales out when ${alarm.evaluationPeriods} periods of ${alarm.periodSeconds} s are over ${alarm.threshold === null ? 'a threshold of another metric' : `${alarm.threshold} requests/min an instance`}`;
}

function lines({ phases, scaleOut, verdict }: StepVerdict, { slo }: Recommendation): string[] {
  const ms = (v: number | null) => (v === null ? '-' : v.toFixed(1));
  return [
    `${verdict}: p${slo.percentile} within ${slo.latencyMs} ms before the step is ${phases[0]!.verdict}, after the scale-out ${phases[2]!.verdict}; the scale-out is ${scaleOut.verdict}: ${scaleOut.detail}`,
    ...table(
      ['phase', 'requests', '/s', 'errors %', `p${slo.percentile} ms`, '95 % limits', 'objective'],
      phases.map((p) => [
        p.phase,
        String(p.requests),
        p.ratePerSecond.toFixed(1),
        p.errorRate === null ? '-' : (100 * p.errorRate).toFixed(2),
        ms(p.latencyMs),
        `${ms(p.latencyInterval.low)} to ${ms(p.latencyInterval.high)}`,
        p.phase === 'growing' ? `${p.verdict}, not judged` : p.verdict,
      ]),
      [1, 2, 3, 4, 5],
    ),
    ...scaleOut.refused.map((a) => `scaling activity ${a.status}: ${a.description}${a.reason ? `: ${a.reason}` : ''}`),
  ];
}
