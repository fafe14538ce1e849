import { z } from 'zod';
import { MAX_LABELS } from '../../src/domain/labels';
import { input, model, packName, packVersion } from './pack-manifest';

export const MAX_LABEL_LENGTH = 200;
/** A longer side would be more than any net is trained with, and more memory than a thread has for it. */
const MAX_SIDE = 2048;

/** What a net of one image and many labels gives, and how confidence is made of it. */
export const OUTPUTS = ['SOFTMAX', 'LOGITS', 'SIGMOID'] as const;
export const FITS = ['STRETCH', 'CROP'] as const;

/** `pack.json` of an image classifier. */
export const classifierManifestSchema = z.strictObject({
  kind: z.literal('classifier'),
  name: packName,
  version: packVersion,
  description: z.string(),
  licence: z.string(),
  commercialUse: z.boolean(),
  model,
  input,
  /** Of the net's input, pixels. */
  width: z.int().positive().max(MAX_SIDE),
  height: z.int().positive().max(MAX_SIDE),
  /** How an image of another shape becomes the input: stretched, or as much of its middle as has the input's shape. */
  fit: z.enum(FITS),
  /** Of the largest middle part that has the input's shape, how much of each side is shown; of CROP alone. */
  cropShare: z.number().positive().max(1),
  /**
   * SOFTMAX: the net gives confidence, one number a label, 1 together. SIGMOID: one number a label, each for itself 0-1, or one
   * for two labels: how sure it is of the second. LOGITS: what softmax is still to be taken of, or one number for two labels.
   */
  output: z.enum(OUTPUTS),
  /** In the order of the net's output. */
  labels: z.array(z.string().min(1).max(MAX_LABEL_LENGTH)).min(1).max(MAX_LABELS),
});

export type ClassifierManifest = z.infer<typeof classifierManifestSchema>;
