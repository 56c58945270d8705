/** How a TensorRT engine is built from ONNX: the command line of `trtexec`, for the TensorRT of the pinned image. */

/** Of the Triton 25.09 image. An engine loads under this version and on the GPU it was built on, nowhere else. */
export const TENSORRT_VERSION = '10.13.3';

export interface EngineBuild {
  tensorrt: string;
  precision: 'fp32' | 'fp16';
  maxBatchSize: number;
  inputs: readonly { name: string; length: number }[];
  workspaceMib: number;
}

const major = (version: string) => Number(version.split('.')[0]);

/**
 * Batches of 1 to `maxBatchSize`, tuned for the largest: each execution context reserves activations for it, so more than is
 * served costs the memory of a second instance.
 * @throws RangeError for fp16 with TensorRT 11 or later, which has no weakly typed networks and refuses `--fp16`.
 */
export function trtexecArguments(o: EngineBuild): string[] {
  if (o.precision === 'fp16' && major(o.tensorrt) >= 11) {
    throw new RangeError(
      `TensorRT ${o.tensorrt} has no --fp16: cast the weights in the ONNX file and build with precision fp32, or use ${TENSORRT_VERSION}`,
    );
  }
  if (o.maxBatchSize < 1) throw new RangeError('an engine with an open batch axis needs maxBatchSize of 1 or more');
  const shapes = (batch: number) => o.inputs.map(({ name, length }) => `${name}:${batch}x${length}`).join(',');
  return [
    '--onnx=model.onnx',
    '--saveEngine=model.plan',
    ...(o.precision === 'fp16' ? ['--fp16'] : []),
    `--minShapes=${shapes(1)}`,
    `--optShapes=${shapes(o.maxBatchSize)}`,
    `--maxShapes=${shapes(o.maxBatchSize)}`,
    `--memPoolSize=workspace:${o.workspaceMib}`,
    '--timingCacheFile=timing.cache',
    '--skipInference',
  ];
}
