/** From a plan to the jobs that measure the same configurations the service's way. */
import { kitImage } from '../catalog/serving-image.ts';
import type { Sha256 } from '../plan/facts.ts';
import type { Plan, PlannedDeployment } from '../plan/plan.ts';
import { type Issue, issue, pathText } from '../spec/issue.ts';
import type { ExportedJob, ModelPackageRequest } from './exported-job.ts';
import { type JobRequest, type StoppingConditions, type TrafficPattern, trafficSeconds } from './job.ts';
import { jobIssues } from './job-limits.ts';
import { jobDescription } from './job-origin.ts';
import { jobDomain, jobTask } from './model-kind.ts';
import { plannedTraffic } from './planned-traffic.ts';
import { stoppingOf } from './traffic.ts';

export interface ExportTo {
  /** ARN of the role that creates and deletes the job's endpoints. */
  role: string;
  /** S3 address of the payload archive. */
  payload: string;
  /** `s3://…/` that holds `<preparation>/model.tar.gz`. */
  models: string;
  /** ECR address of an image of the kit, by its name. */
  image: (name: string) => string | null;
  /** Version of the framework as the model package states it; it chooses nothing where the image is one's own. */
  frameworkVersion: string;
  sha256: Sha256;
}

export type Exported = { ok: true; jobs: ExportedJob[]; left: string[] } | { ok: false; issues: Issue[] };

/** BC: EndpointConfigurations has 10 items at most; DG: so has a job of tests. */
const MOST_ENDPOINTS = 10;
/** Deployment and teardown around the traffic, for each of the tests of a job. */
const OVERHEAD_SECONDS = 1200;
const LONGEST_JOB_SECONDS = 18_000;
/** SDK: names of what a job makes are cut at 40 characters, which the job's name begins. */
const NAME_CHARACTERS = 40;

/** One job for each configuration, ten instance types at most in each. `left`: ids that no job can measure. */
export function exportJobs(plan: Plan, to: ExportTo): Exported {
  const mine = plan.deployments.filter(({ configuration }) => configuration.target === 'sagemaker');
  const left = plan.deployments.filter((d) => !mine.includes(d)).map(({ id }) => id);
  if (mine.length === 0) {
    return {
      ok: false,
      issues: [issue(['targets'], 'Inference Recommender measures SageMaker endpoints, and this plan has none')],
    };
  }
  const traffic = plannedTraffic(plan.load);
  if (!traffic.ok) return { ok: false, issues: [issue(['load'], traffic.why)] };
  const account = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/.+$/.exec(to.role);
  if (!account) {
    return { ok: false, issues: [issue(['role'], `"${to.role}" is no role: arn:aws:iam::ACCOUNT:role/NAME`)] };
  }
  const jobs: ExportedJob[] = [];
  const issues: Issue[] = [];
  const place = { partition: account[1]!, account: account[2]!, region: plan.region! };
  for (const deployments of groups(mine)) {
    const named = kitImage(deployments[0]!.configuration);
    if ('missing' in named) {
      issues.push(issue(['image'], named.missing));
      continue;
    }
    const { image } = named;
    const address = to.image(image);
    if (address === null) {
      issues.push(
        issue(['image'], `no address of the image ${image}, which serves ${deployments[0]!.configuration.name}`),
      );
      continue;
    }
    const job = exported(plan, deployments, traffic.traffic, { ...to, ...place, address });
    jobs.push(job);
    const of = job.configuration;
    issues.push(...jobIssues(job.job).map((i) => ({ ...i, message: `${of}: ${pathText(i.path)}: ${i.message}` })));
  }
  return issues.length > 0 ? { ok: false, issues: once(issues) } : { ok: true, jobs, left };
}

/** Same configuration, same artifact and image, ten at most. */
function groups(deployments: readonly PlannedDeployment[]): PlannedDeployment[][] {
  const byArtifact = new Map<string, PlannedDeployment[]>();
  for (const d of deployments) {
    const key = `${d.configuration.name} ${d.preparation} ${JSON.stringify(kitImage(d.configuration))}`;
    byArtifact.set(key, [...(byArtifact.get(key) ?? []), d]);
  }
  return [...byArtifact.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / MOST_ENDPOINTS) }, (_, i) =>
      all.slice(i * MOST_ENDPOINTS, (i + 1) * MOST_ENDPOINTS),
    ),
  );
}

type Place = ExportTo & { partition: string; account: string; region: string; address: string };

function exported(plan: Plan, deployments: PlannedDeployment[], traffic: TrafficPattern, to: Place): ExportedJob {
  const { name } = deployments[0]!.configuration;
  const modelPackage = packageOf(plan, deployments, to);
  const hash = to.sha256(JSON.stringify([modelPackage, traffic, deployments.map(({ id }) => id)])).slice(0, 8);
  const group = `${`infersweep-${name}`.slice(0, NAME_CHARACTERS - 9).replace(/-+$/, '')}-${hash}`;
  return {
    configuration: name,
    deployments: deployments.map(({ id }) => id),
    modelPackageGroup: {
      ModelPackageGroupName: group,
      ModelPackageGroupDescription: `infersweep: ${plan.experiment}, ${name}`,
    },
    modelPackage: { ...modelPackage, ModelPackageGroupName: group },
    job: jobOf(plan, deployments, traffic, group, to),
  };
}

function packageOf(plan: Plan, deployments: readonly PlannedDeployment[], to: Place): ModelPackageRequest {
  const { preparation, configuration } = deployments[0]!;
  const model = preparation === null ? {} : { ModelDataUrl: `${to.models}${preparation}/model.tar.gz` };
  return {
    ModelPackageGroupName: '',
    ModelPackageDescription: `infersweep: ${plan.experiment}, ${configuration.name}`,
    Domain: jobDomain(plan.model.task),
    Task: jobTask(plan.model.task),
    SamplePayloadUrl: to.payload,
    ModelApprovalStatus: 'PendingManualApproval',
    InferenceSpecification: {
      // The job knows four frameworks; source 002 states PYTORCH for its TensorRT engines as well.
      Containers: [
        { Image: to.address, ...model, Environment: {}, Framework: 'PYTORCH', FrameworkVersion: to.frameworkVersion },
      ],
      SupportedContentTypes: ['application/json'],
      SupportedResponseMIMETypes: ['application/json'],
      SupportedRealtimeInferenceInstanceTypes: deployments.map((d) => d.configuration.instanceType),
    },
  };
}

function jobOf(
  plan: Plan,
  deployments: readonly PlannedDeployment[],
  traffic: TrafficPattern,
  group: string,
  to: Place,
): JobRequest {
  const { name } = deployments[0]!.configuration;
  const tests = deployments.length;
  const each = trafficSeconds(traffic) + OVERHEAD_SECONDS;
  // All at once where one after the other would take longer than a job may.
  const together = tests * each > LONGEST_JOB_SECONDS;
  return {
    JobName: group,
    JobType: 'Advanced',
    RoleArn: to.role,
    JobDescription: jobDescription(plan.experiment, name),
    InputConfig: {
      // A new group's first version: the package is registered in it before the job is made.
      ModelPackageVersionArn: `arn:${to.partition}:sagemaker:${to.region}:${to.account}:model-package/${group}/1`,
      JobDurationInSeconds: Math.min(LONGEST_JOB_SECONDS, together ? each : tests * each),
      TrafficPattern: traffic,
      ResourceLimit: { MaxNumberOfTests: tests, MaxParallelOfTests: together ? tests : 1 },
      EndpointConfigurations: deployments.map((d) => ({ InstanceType: d.configuration.instanceType })),
    },
    StoppingConditions: stoppingFor(plan),
    Tags: Object.entries({ ...plan.tags, 'infersweep:experiment': plan.experiment }).map(([Key, Value]) => ({
      Key,
      Value,
    })),
  };
}

/** DG: MaxInvocations is 30,000 at most; above, the job runs until another condition ends it. */
const MOST_INVOCATIONS = 30_000;

/** The job's threshold is P95 alone: another percentile of the objective would be compared with the wrong figure. */
function stoppingFor({ slo, demand }: Plan): StoppingConditions {
  const rate = demand === null ? null : Math.ceil(demand.requestsPerMinute);
  return stoppingOf({
    slo: slo.percentile === 95 ? { percentile: 95, latencyMs: Math.max(1, Math.floor(slo.latencyMs)) } : null,
    requestsPerMinute: rate !== null && rate <= MOST_INVOCATIONS ? rate : null,
    stopWhenFlat: true,
  });
}

function once(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((i) => [i.message, i])).values()];
}
