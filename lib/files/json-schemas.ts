/** `schema/`: the JSON Schemas of all documents as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentNames, jsonSchemaFile, jsonSchemaText } from '../core/spec/json-schema.ts';

export { documentNames, jsonSchemaText };

/** Writes all schemas into a folder, making it if need be. Returns the files' names. */
export function writeJsonSchemas(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return documentNames.map((name) => {
    writeFileSync(join(folder, jsonSchemaFile(name)), jsonSchemaText(name));
    return jsonSchemaFile(name);
  });
}
