/** A job with the model package that it tests: everything that CreateModelPackage and CreateInferenceRecommendationsJob take. */

import type { JobRequest } from './job.ts';
import type { JobDomain, JobTask } from './model-kind.ts';

/** As CreateModelPackage takes it. */
export interface ModelPackageRequest {
  ModelPackageGroupName: string;
  ModelPackageDescription: string;
  Domain: JobDomain;
  Task: JobTask;
  /** S3 address of one tar.gz of sample payloads. */
  SamplePayloadUrl: string;
  ModelApprovalStatus: 'PendingManualApproval';
  InferenceSpecification: {
    Containers: {
      Image: string;
      ModelDataUrl?: string;
      Environment: Record<string, string>;
      Framework: string;
      FrameworkVersion: string;
    }[];
    SupportedContentTypes: string[];
    SupportedResponseMIMETypes: string[];
    SupportedRealtimeInferenceInstanceTypes: string[];
  };
}

export interface ExportedJob {
  /** Name of the configuration. */
  configuration: string;
  /** Ids of the deployments that it measures. */
  deployments: string[];
  modelPackageGroup: { ModelPackageGroupName: string; ModelPackageGroupDescription: string };
  modelPackage: ModelPackageRequest;
  job: JobRequest;
}
