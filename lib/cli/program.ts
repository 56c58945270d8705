/** All verbs on one command line, and the one place where an ending becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { command, note, paint } from './output.ts';
import { verbs } from './verbs.ts';

/**
 * Parses and runs; never throws. Only the verb that was typed is loaded, and the kit only with it, so that help and
 * mistakes are answered at once.
 * @returns the exit code.
 */
export async function main(version: string, compose: () => Promise<Kit>, written: readonly string[]): Promise<number> {
  const args = written[0] === 'help' && written.length > 1 ? [...written.slice(1), '--help'] : [...written];
  let code: number = exitCodes.ok;
  const leave = (c: number) => {
    code = c;
  };
  const program = new Command('infersweep')
    .description('find, prove and deploy the cheapest way to serve a model inside its latency objective')
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError()
    .exitOverride();
  const typed = verbs.find((v) => v.name === args.find((a) => !a.startsWith('-')));
  try {
    if (typed) (await typed.load()).register(program, await compose(), leave);
    else
      for (const { name, args: own, summary } of verbs) program.command(`${name} ${own}`.trim()).description(summary);
    for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for the options)');
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CliError) {
    note(`${paint('red', 'error:')} ${error.message}`);
    if (error.next !== null) note(`next: ${command(error.next)}`);
    return error.code;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  note(process.env['INFERSWEEP_DEBUG'] ? stack : `${paint('red', 'internal error:')} ${stack.split('\n')[0]}`);
  note('next: run it again with INFERSWEEP_DEBUG=1 and report what it prints');
  return exitCodes.bug;
}
