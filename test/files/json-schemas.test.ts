import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { documentNames, jsonSchemaFile, jsonSchemaText } from '../../lib/core/spec/json-schema.ts';
import { writeJsonSchemas } from '../../lib/files/json-schemas.ts';

/** `UPDATE_SCHEMAS=1 npx vitest run test/files/json-schemas.test.ts` rewrites the committed files. */
if (process.env.UPDATE_SCHEMAS) writeJsonSchemas('schema');

describe('JSON Schemas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(documentNames)('schema/%s.v1.json is up to date', (name) => {
    expect(readFileSync(join('schema', jsonSchemaFile(name)), 'utf8')).toBe(jsonSchemaText(name));
  });

  it.each(documentNames)('%s is draft-07, closed, and knows its schema line', (name) => {
    const schema = JSON.parse(jsonSchemaText(name));
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.schema.const).toBe(`infersweep.${name}.v1`);
  });

  it('requires of an experiment only what has no default', () => {
    expect(JSON.parse(jsonSchemaText('experiment')).required).toEqual([
      'schema',
      'name',
      'model',
      'slo',
      'targets',
      'runtimes',
    ]);
  });

  it('writes every schema into a folder', () => {
    const target = join(folder, 'deep', 'er');
    expect(writeJsonSchemas(target)).toEqual(readdirSync(target).sort((a, b) => order(a) - order(b)));
  });
});

const order = (file: string) => documentNames.findIndex((name) => jsonSchemaFile(name) === file);
