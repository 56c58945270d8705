/** The catalog promises what the server's adapters read: no value more and no parameter less. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type RuntimeName, runtimeOf } from '../../lib/core/catalog/runtimes/registry.ts';
import type { Parameters } from '../../lib/core/plan/plan.ts';
import type { DeployRequest } from '../../lib/core/ports/target.ts';
import { findPython } from '../../lib/local/python.ts';
import { serverConfig } from '../../lib/local/server-config.ts';

type Json = { enum?: Value[]; const?: Value; type?: string; minimum?: number; maximum?: number; anyOf?: Json[] };
type Value = Parameters[string];

/** Every member of an enumeration and both ends of a range; words for "as many as there are" are resolved by the plan. */
function edges(schema: Json): Value[] {
  if (schema.anyOf) return schema.anyOf.flatMap(edges);
  if (schema.enum) return schema.enum;
  if (schema.const !== undefined) return schema.const === 'auto' ? [] : [schema.const];
  if (schema.type === 'boolean') return [true, false];
  return schema.minimum === undefined ? [] : [schema.minimum, schema.maximum!];
}

function configOf(runtime: RuntimeName, parameters: Parameters) {
  const configuration = { id: 'c', name: 'c', target: 'local', instanceType: 'local-1c', runtime, parameters };
  const request = { deployment: { configuration }, artifact: '', tokenizer: null } as unknown as DeployRequest;
  return serverConfig(request, 'announce.json') as { parameters: Parameters };
}

/** Asks the adapter's own reader, which needs no runtime: adapters import theirs when they load a model. */
const SCRIPT = `
import importlib, json, sys
from infersweep_server.errors import ConfigError
from infersweep_server.fields import read_fields
name, configs = json.load(sys.stdin)
fields = getattr(importlib.import_module("infersweep_server.adapters." + name), "_PARAMETERS", {})
refused = []
for config in configs:
    try:
        read_fields(config, fields, "parameters")
    except ConfigError as error:
        refused.append(str(error))
print(json.dumps({"names": list(fields), "refused": refused}))
`;
const python = (await findPython()).command;

function ask(runtime: RuntimeName, configs: Parameters[]): { names: string[]; refused: string[] } {
  const input = JSON.stringify([runtime, configs]);
  return JSON.parse(execFileSync(python, ['-c', SCRIPT], { cwd: 'containers/server', input, encoding: 'utf8' }));
}

describe.each(['reference', 'emulated', 'onnxruntime', 'torch', 'transformers'] as const)('%s', (runtime) => {
  const declared = runtimeOf(runtime).parameters;
  const defaults: Parameters = Object.fromEntries(
    Object.entries(declared).map(([name, { fallback }]) => [name, fallback === 'auto' ? 1 : fallback]),
  );

  it('reads every value that the catalog allows', () => {
    const values = Object.entries(declared).flatMap(([name, { schema }]) =>
      edges(z.toJSONSchema(schema) as Json).map((value) => ({ ...defaults, [name]: value })),
    );
    const configs = [defaults, ...values].map((parameters) => configOf(runtime, parameters).parameters);
    expect(ask(runtime, configs).refused).toEqual([]);
  });

  it('has no parameter that the catalog hides', () => {
    // The seed of an emulated spread is for the server's own tests: a chosen one would make luck repeatable.
    const names = ask(runtime, []).names.filter((name) => name !== 'seed');
    expect(Object.keys(configOf(runtime, defaults).parameters).sort()).toEqual(names.sort());
  });
});

describe('gunicorn', () => {
  const gunicorn = (runtime: RuntimeName, parameters: Parameters) => configOf(runtime, parameters);
  it('carries runtimes that say how a worker reads', () => {
    expect(gunicorn('transformers', { workers: 1, workerThreads: 4, falcon: true })).toMatchObject({
      gunicorn: { workers: 1, threads: 4, falcon: true },
      batching: null,
    });
    expect(gunicorn('torch', {})).toMatchObject({ gunicorn: null });
  });
});
