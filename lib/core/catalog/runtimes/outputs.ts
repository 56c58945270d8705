/** Which of the model's outputs a client asks for: what is not asked for is neither serialised nor sent. */
import * as z from 'zod';
import { parameter } from './parameter.ts';

export const outputs = parameter(
  z.string().regex(/^[^,\s]{1,128}$/, 'must be "all" or the name of one output, without commas and blanks'),
  { fallback: 'all', label: (value) => value },
);
