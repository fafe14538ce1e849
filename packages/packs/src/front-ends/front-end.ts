import type { Graph } from '../graph';

/** A file of a model. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface CompileOptions {
  /** Gives height and width free for nets that work on images of any size. @default false */
  readonly freeSize?: boolean;
  /** How the input's image lies. A source with its channels last is turned at its input unless the caller gives them first. @default as in the source */
  readonly inputLayout?: 'NCHW';
  /** Gives the memory of large files back once they were read: their bytes are empty afterwards. @default false */
  readonly dropsFiles?: boolean;
  /** What Keras' Lambda layers do whose code is in the file: a known form for each layer's place. */
  readonly lambdas?: Readonly<Record<string, string>>;
}

/**
 * Reads one kind of file and lowers it to the graph form. Whatever the file holds, it either gives a whole graph or throws.
 *
 * @throws ModelError saying what is wrong and where in the model.
 */
export type FrontEnd = (files: readonly ModelFile[], options: CompileOptions) => Graph;
