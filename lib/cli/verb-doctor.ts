import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { paint, printJson, say } from './output.ts';

const styles = { ok: 'green', warning: 'yellow', missing: 'red' } as const;

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('doctor')
    .description('say what this machine has and what is missing for a run')
    .option('--json', 'print the findings as one JSON document')
    .action(async (o: { json?: boolean }) => {
      const facts = await kit.doctor();
      if (o.json) printJson(facts);
      else {
        for (const f of facts) {
          say(
            `${paint(styles[f.state], f.state.padEnd(7), process.stdout)}  ${f.name}: ${f.value}${f.fix ? `\n         ${f.fix}` : ''}`,
          );
        }
      }
      leave(facts.some((f) => f.state === 'missing') ? exitCodes.preflight : exitCodes.ok);
    });
}
