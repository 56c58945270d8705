/** How Triton is started: on a machine of one's own by its command line, on SageMaker by the image's variables. */

/**
 * Since mid-2022 the TensorRT and ONNX Runtime backends add dynamic batching by themselves where a configuration has none:
 * without this flag *base* would measure *db* a second time.
 */
export const NO_AUTO_COMPLETE = '--disable-auto-complete-config';

export interface ServerOptions {
  repository: string;
  address: string;
  httpPort: number;
  /** Where the backends lie, if not where the image has them. */
  backendDirectory?: string;
  /** Shared memory of the python backend: a prefix of its own keeps two servers apart. */
  shmPrefix?: string;
  /** Shown as the server's name. */
  id?: string;
}

/** Arguments of `tritonserver`; metrics and gRPC are off, because nothing here reads them. */
export function serverArguments(o: ServerOptions): string[] {
  return [
    ...(o.id === undefined ? [] : ['--id', o.id]),
    `--model-repository=${o.repository}`,
    ...(o.backendDirectory === undefined ? [] : [`--backend-directory=${o.backendDirectory}`]),
    NO_AUTO_COMPLETE,
    '--exit-on-error=true',
    '--exit-timeout-secs=2',
    `--http-address=${o.address}`,
    `--http-port=${o.httpPort}`,
    '--allow-grpc=false',
    '--allow-metrics=false',
    ...(o.shmPrefix === undefined ? [] : [`--backend-config=python,shm-region-prefix-name=${o.shmPrefix}`]),
  ];
}

/** Variables of SageMaker's Triton image, whose entry point `serve` turns them into a command line. */
export function sageMakerEnvironment(o: { model: string; httpThreads?: number }): Record<string, string> {
  return {
    SAGEMAKER_TRITON_DEFAULT_MODEL_NAME: o.model,
    SAGEMAKER_TRITON_ADDITIONAL_ARGS: NO_AUTO_COMPLETE,
    // On unless it is said, and then every request is written to the log.
    SAGEMAKER_TRITON_LOG_VERBOSE: 'false',
    ...(o.httpThreads === undefined ? {} : { SAGEMAKER_TRITON_THREAD_COUNT: String(o.httpThreads) }),
  };
}
