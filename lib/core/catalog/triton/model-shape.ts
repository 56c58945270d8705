/** What a model takes and gives, and how Triton's `dims` follow from it. */
import type { ConfigTensor, Datatype } from './model-config.ts';

/** As the model itself has it: axis 0 is the batch, -1 an axis of open length. */
export interface TensorShape {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
}

export interface ModelShape {
  /** In the order of the model's call: TorchScript knows its tensors by nothing else. */
  inputs: readonly TensorShape[];
  outputs: readonly TensorShape[];
}

/**
 * One axis for several, behind the batch: a model compiled by Torch-TensorRT returns nested outputs unreliably.
 * [1, 40, 45] becomes [1, 1800].
 */
export function flattened(tensor: TensorShape): TensorShape {
  const [batch, ...rest] = tensor.shape;
  const elements = rest.some((n) => n < 0) ? -1 : rest.reduce((product, n) => product * n, 1);
  return { ...tensor, shape: [batch ?? 1, elements] };
}

/**
 * `dims` of a tensor: without axis 0 where Triton batches along it, with it where `maxBatchSize` is 0.
 * @throws RangeError where the model's axis 0 cannot take what the configuration asks.
 */
export function configTensor({ name, datatype, shape }: TensorShape, maxBatchSize: number): ConfigTensor {
  if (maxBatchSize === 0) return { name, datatype, dims: shape };
  const [batch, ...dims] = shape;
  if (batch === undefined || (batch >= 0 && batch < maxBatchSize)) {
    throw new RangeError(
      `"${name}" takes ${batch ?? 'no'} items at once and maxBatchSize is ${maxBatchSize}: export the model with an open batch axis, or set maxBatchSize to 0`,
    );
  }
  // An item that is a scalar still needs one axis in the request.
  return dims.length > 0 ? { name, datatype, dims } : { name, datatype, dims: [1], reshape: [] };
}
