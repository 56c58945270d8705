/** Output tensors of a KServe v2 answer, JSON or with the binary tensor data extension. */
import type { ActualTensor } from '../core/measure/golden.ts';
import type { KeptAnswer } from './exchange.ts';

type Value = ActualTensor['data'][number];

interface JsonOutput {
  name?: unknown;
  datatype?: unknown;
  shape?: unknown;
  data?: unknown;
  parameters?: { binary_data_size?: unknown };
}

/** Size in bytes and reader of one element, by KServe datatype. 64-bit integers lose bits beyond 2^53, as they do in JSON. */
const ELEMENTS: Record<string, [bytes: number, read: (bytes: Buffer, at: number) => Value]> = {
  BOOL: [1, (b, at) => b[at] !== 0],
  UINT8: [1, (b, at) => b.readUInt8(at)],
  UINT16: [2, (b, at) => b.readUInt16LE(at)],
  UINT32: [4, (b, at) => b.readUInt32LE(at)],
  UINT64: [8, (b, at) => Number(b.readBigUInt64LE(at))],
  INT8: [1, (b, at) => b.readInt8(at)],
  INT16: [2, (b, at) => b.readInt16LE(at)],
  INT32: [4, (b, at) => b.readInt32LE(at)],
  INT64: [8, (b, at) => Number(b.readBigInt64LE(at))],
  FP16: [2, (b, at) => halfToNumber(b.readUInt16LE(at))],
  BF16: [2, (b, at) => bfloatToNumber(b.readUInt16LE(at))],
  FP32: [4, (b, at) => b.readFloatLE(at)],
  FP64: [8, (b, at) => b.readDoubleLE(at)],
};

/**
 * Decodes a kept answer.
 * @throws Error saying what is wrong when the answer is not a KServe answer.
 */
export function decodeOutputs(answer: Pick<KeptAnswer, 'pieces' | 'inferenceHeaderLength'>): ActualTensor[] {
  const body = Buffer.concat(answer.pieces);
  const binaryAt = answer.inferenceHeaderLength >= 0 ? answer.inferenceHeaderLength : body.length;
  let parsed: { outputs?: unknown };
  try {
    parsed = JSON.parse(body.toString('utf8', 0, binaryAt));
  } catch {
    throw new Error('the answer is not JSON');
  }
  if (!Array.isArray(parsed?.outputs)) throw new Error('the answer has no outputs');
  let at = binaryAt;
  return parsed.outputs.map((output: JsonOutput) => {
    const name = String(output?.name);
    const shape = Array.isArray(output?.shape) ? output.shape.map(Number) : [];
    const size = output?.parameters?.binary_data_size;
    if (typeof size !== 'number') return { name, shape, data: flatten(output?.data) };
    const bytes = body.subarray(at, at + size);
    at += size;
    if (bytes.length !== size) throw new Error(`output ${name} is cut short`);
    return { name, shape, data: decodeBinary(String(output.datatype), bytes) };
  });
}

/** KServe allows data nested by shape as well as flat. */
function flatten(data: unknown): Value[] {
  return Array.isArray(data) ? (data.flat(Number.POSITIVE_INFINITY) as Value[]) : [];
}

function decodeBinary(datatype: string, bytes: Buffer): Value[] {
  if (datatype === 'BYTES') return decodeStrings(bytes);
  const element = ELEMENTS[datatype];
  if (element === undefined) throw new Error(`datatype ${datatype} is unknown`);
  const [size, read] = element;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(bytes, i * size));
}

/** Each string behind its length in four little-endian bytes. */
function decodeStrings(bytes: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    strings.push(bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return strings;
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatToNumber(bits: number): number {
  const word = Buffer.alloc(4);
  word.writeUInt16BE(bits, 0);
  return word.readFloatBE(0);
}
