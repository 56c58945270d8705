import type { Command } from 'commander';
import { documentNames, jsonSchemaText } from '../core/spec/json-schema.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { say } from './output.ts';

export function register(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a document, or the names of all')
    .argument('[name]', 'document, e.g. experiment')
    .action((name: string | undefined) => {
      if (name === undefined) {
        for (const known of documentNames) say(known);
        return;
      }
      const found = documentNames.find((known) => known === name);
      if (!found) {
        throw new CliError(
          exitCodes.usage,
          `no document "${name}"; allowed: ${documentNames.join(', ')}`,
          'infersweep schema',
        );
      }
      say(jsonSchemaText(found).trimEnd());
    });
}
