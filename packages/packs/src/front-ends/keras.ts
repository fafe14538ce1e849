import type { Graph } from '../graph';
import { openKeras } from '../keras/source';
import { KerasLowering } from '../keras/lowering';
import type { CompileOptions, ModelFile } from './front-end';

/** A Keras model. What reads its weights is loaded beforehand, by `loadFormat`. */
export function readKeras(files: readonly ModelFile[], options: CompileOptions): Graph {
  const source = openKeras(files);
  try {
    return new KerasLowering(source, options).run();
  } finally {
    source.close();
  }
}
