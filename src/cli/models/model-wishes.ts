import { z } from 'zod';
import { packVersion } from '../../../workers/inference/pack-manifest';
import { UsageError } from './context';

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
export const ADD_OPTIONS = {
  name: text,
  version: text,
  input: text,
  dimension: text,
  template: text,
  'template-scale': text,
  normalize: text,
  colour: text,
  layout: text,
  metric: text,
  mirrored: flag,
  licence: text,
  'commercial-use': flag,
  format: text,
  lambda: { type: 'string', multiple: true, default: [] as string[] },
  'calibrate-on': text,
  classifier: flag,
  labels: text,
  output: text,
  fit: text,
  'crop-share': text,
} as const;

export type AddValues = { readonly [K in keyof typeof ADD_OPTIONS]?: string | boolean | string[] };

const triple = (part: readonly number[]): number[] => (part.length === 1 ? [part[0]!, part[0]!, part[0]!] : [...part]);

const normalize = z
  .string()
  .default('0,1')
  .transform((value) => value.split(',').map(Number))
  .refine(
    (values) => [2, 6].includes(values.length) && values.every(Number.isFinite),
    'must be MEAN,STD or three means and three divisors',
  )
  .refine((values) => !values.slice(values.length / 2).includes(0), 'must not divide by 0')
  .transform((values) => ({
    mean: triple(values.slice(0, values.length / 2)),
    std: triple(values.slice(values.length / 2)),
  }));
/** `LAYER=FORM`, each. */
export const lambdaForms = z
  .array(z.string().regex(/^[^=]+=[^=]+$/, 'must be LAYER=FORM, like norm_layer=l2-normalize'))
  .default([])
  .transform((values) => Object.fromEntries(values.map((value) => value.split('=') as [string, string])));

/** What is said of a model whatever it is for. */
export const modelWishes = {
  name: z
    .string({ error: 'must be said' })
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be of small letters, digits and hyphens'),
  version: packVersion.default('1'),
  normalize,
  colour: z.enum(['RGB', 'BGR']).default('RGB'),
  layout: z.enum(['NCHW', 'NHWC']).optional(),
  licence: z.string().default('not stated'),
  'commercial-use': z.boolean().default(false),
  format: z.string().optional(),
  lambda: lambdaForms,
};

/** @throws UsageError naming what was said wrongly. */
export function readWishes<Schema extends z.ZodType>(schema: Schema, values: AddValues): z.output<Schema> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`).join('\n'));
}
