/** All verbs on one command line, and the one place where an ending becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note, paint } from './output.ts';
import { registerCompare } from './verb-compare.ts';
import { registerDoctor } from './verb-doctor.ts';
import { registerInit } from './verb-init.ts';
import { registerLoad } from './verb-load.ts';
import { registerPlan, registerValidate } from './verb-plan.ts';
import { registerRecommend } from './verb-recommend.ts';
import { registerReport } from './verb-report.ts';
import { registerResume } from './verb-resume.ts';
import { registerRun } from './verb-run.ts';
import { registerSchema } from './verb-schema.ts';
import { registerSmoke } from './verb-smoke.ts';
import { registerStatus } from './verb-status.ts';

/** Parses and runs; never throws. @returns the exit code. */
export async function main(kit: Kit, args: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok;
  const leave = (c: number) => {
    code = c;
  };
  const program = new Command('infersweep')
    .description('find, prove and deploy the cheapest way to serve a model inside its latency objective')
    .version(kit.version)
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError()
    .exitOverride();
  registerInit(program);
  registerValidate(program, kit);
  registerPlan(program, kit);
  registerSmoke(program, kit, leave);
  registerRun(program, kit, leave);
  registerResume(program, kit, leave);
  registerStatus(program, kit);
  registerReport(program, kit);
  registerCompare(program, kit);
  registerRecommend(program, kit, leave);
  registerLoad(program, kit, leave);
  registerDoctor(program, kit, leave);
  registerSchema(program);
  for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for the options)');
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CliError) {
    note(`${paint('red', 'error:')} ${error.message}`);
    if (error.next !== null) note(`next: ${error.next}`);
    return error.code;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  note(process.env['INFERSWEEP_DEBUG'] ? stack : `${paint('red', 'internal error:')} ${stack.split('\n')[0]}`);
  note('next: run it again with INFERSWEEP_DEBUG=1 and report what it prints');
  return exitCodes.bug;
}
