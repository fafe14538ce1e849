import type { Graph } from '../graph';
import { openKeras } from '../keras/source';
import { KerasLowering } from '../keras/lowering';
import type { CompileOptions, ModelFile } from './front-end';

/** A Keras model. What reads its weights is loaded beforehand, by `loadFormat`. */
export function readKeras(files: readonly ModelFile[], options: CompileOptions): Graph {
  const drop = options.dropsFiles === true ? dropBytes : (): void => undefined;
  const source = openKeras(files, drop);
  try {
    return new KerasLowering(source, options).run();
  } finally {
    source.close();
    for (const { bytes } of files) drop(bytes);
  }
}

/** A buffer that is handed on and not kept is freed, although its old owner still holds what is left of it. */
function dropBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength) {
    structuredClone(buffer, { transfer: [buffer] });
  }
}
