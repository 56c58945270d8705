/** From `inputs.jsonl` and `golden.jsonl` to the request bodies of one configuration. */
import * as z from 'zod';
import { type Body, type Tensor, tensorSchema } from './job.ts';

/** The name under which our server, and Triton in our images, serve the model. */
export const MODEL_NAME = 'model';
export const inferPath = `/v2/models/${MODEL_NAME}/infer`;
export const statsPath = `/v2/models/${MODEL_NAME}/stats`;
/** Of the kit's own server. */
export const utilisationPath = '/v2/utilisation';

const lineSchema = z.union([
  z.strictObject({ id: z.string().optional(), inputs: z.array(tensorSchema).min(1) }),
  z.strictObject({ id: z.string().optional(), text: z.string() }),
]);
const goldenSchema = z.strictObject({ id: z.string(), outputs: z.array(tensorSchema).min(1) });

/** A line of a JSONL file that cannot be used. `line` counts from 1. */
export class JsonlError extends Error {
  readonly line: number;
  readonly file: 'inputs' | 'golden';
  constructor(file: 'inputs' | 'golden', line: number, message: string) {
    super(message);
    this.name = 'JsonlError';
    this.file = file;
    this.line = line;
  }
}

function parseLines<T>(file: JsonlError['file'], text: string, schema: z.ZodType<T>): { line: number; value: T }[] {
  const rows: { line: number; value: T }[] = [];
  text.split('\n').forEach((raw, i) => {
    if (raw.trim() === '') return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(raw);
    } catch {
      throw new JsonlError(file, i + 1, 'is not JSON');
    }
    const result = schema.safeParse(parsed);
    if (!result.success) {
      const issue = result.error.issues[0]!;
      throw new JsonlError(file, i + 1, `${issue.path.join('.') || 'line'}: ${issue.message}`);
    }
    rows.push({ line: i + 1, value: result.data });
  });
  return rows;
}

export interface Example {
  id: string;
  inputs: Tensor[];
  expected: Tensor[] | null;
}

/**
 * Joins inputs with their golden outputs by id; a missing id is the line's number.
 * @throws JsonlError naming the line that is broken, repeated or without a partner.
 */
export function parseExamples(inputs: string, golden: string | null): Example[] {
  const expected = new Map<string, Tensor[]>();
  for (const { line, value } of golden === null ? [] : parseLines('golden', golden, goldenSchema)) {
    if (expected.has(value.id)) throw new JsonlError('golden', line, `golden id "${value.id}" stands twice`);
    expected.set(value.id, value.outputs);
  }
  const seen = new Set<string>();
  const examples = parseLines('inputs', inputs, lineSchema).map(({ line, value }) => {
    const id = value.id ?? String(line);
    if (seen.has(id)) throw new JsonlError('inputs', line, `id "${id}" stands twice`);
    seen.add(id);
    const tensors: Tensor[] =
      'text' in value ? [{ name: 'text', datatype: 'BYTES', shape: [1], data: [value.text] }] : value.inputs;
    return { id, inputs: tensors, expected: expected.get(id) ?? null };
  });
  if (examples.length === 0) throw new JsonlError('inputs', 1, 'holds no input');
  for (const id of expected.keys()) {
    if (!seen.has(id)) throw new JsonlError('golden', 1, `golden id "${id}" has no input`);
  }
  return examples;
}

/** Joins tensors of the same names along axis 0; null where their other axes differ. */
function concatenate(groups: readonly Tensor[][]): Tensor[] | null {
  const [first, ...rest] = groups;
  const joined = first!.map((t) => ({ ...t, shape: [...t.shape], data: [...t.data] }));
  for (const group of rest) {
    for (const target of joined) {
      const part = group.find((t) => t.name === target.name);
      if (!part || part.shape.slice(1).join() !== target.shape.slice(1).join()) return null;
      target.shape[0]! += part.shape[0]!;
      target.data.push(...part.data);
    }
  }
  return joined;
}

/**
 * One body for each example; with `itemsPerRequest` n > 1, each body joins n successive examples (cyclically).
 * `outputs` is `all` or the one output asked for; only what is asked for is compared.
 * @throws JsonlError when examples of different shapes would have to share a request.
 */
export function requestBodies(examples: readonly Example[], outputs: string, itemsPerRequest: number): Body[] {
  const wanted = (tensors: Tensor[]) => tensors.filter((t) => outputs === 'all' || t.name === outputs);
  return examples.map((example, i) => {
    const group = Array.from({ length: itemsPerRequest }, (_, k) => examples[(i + k) % examples.length]!);
    const inputs = concatenate(group.map((g) => g.inputs));
    if (inputs === null) {
      throw new JsonlError(
        'inputs',
        i + 1,
        `cannot share a request with the next ${itemsPerRequest - 1}: their shapes differ`,
      );
    }
    const expected = group.every((g) => g.expected !== null)
      ? concatenate(group.map((g) => wanted(g.expected!)))
      : null;
    const content = JSON.stringify({
      id: example.id,
      inputs,
      ...(outputs === 'all' ? {} : { outputs: [{ name: outputs }] }),
    });
    return {
      id: example.id,
      content,
      encoding: 'utf8' as const,
      expected: expected !== null && expected.length > 0 ? expected : null,
    };
  });
}
