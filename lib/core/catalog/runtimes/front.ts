/** The front end of a two-container deployment: processes that tokenise, pad and decode before and behind the model server. */
import * as z from 'zod';
import { parameter } from './parameter.ts';

/** 0: clients speak to the model server directly. */
export const frontWorkers = parameter(z.int().min(0).max(64), {
  fallback: 0,
  label: (v) => (v === 0 ? 'direct' : `front${v}`),
});

/** How texts of one request are padded; `tokenizer` is what `model.tokenizer.padding` says. */
export const padding = parameter(z.enum(['tokenizer', 'none', 'multipleOf8', 'max']), {
  fallback: 'tokenizer',
  label: (v) => (v === 'multipleOf8' ? 'padx8' : `pad-${v}`),
});
