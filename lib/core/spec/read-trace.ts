/** How an experiment gets at the traces it names, without reading files itself. */
import type { Trace } from '../scale/trace/trace.ts';

export type ReadTrace = (file: string) => { ok: true; trace: Trace } | { ok: false; message: string };

/** Where nobody gave it a way to files. */
export const noTraces: ReadTrace = (file) => ({ ok: false, message: `${file} cannot be read from here` });
