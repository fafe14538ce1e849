import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

/** Optional peers, fastest first; installed by hand where they can be (docs/architecture.md). */
const NATIVE_PEERS = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** tfjs-node 4.22 calls a function of `util` that Node 23 removed. */
function restoreRemovedUtil(): void {
  const legacy = util as unknown as Record<string, unknown>;
  legacy['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
}

async function loadsNative(peer: string): Promise<boolean> {
  try {
    restoreRemovedUtil();
    await import(peer);
    return await tf.setBackend('tensorflow');
  } catch {
    return false;
  }
}

/**
 * Chooses TensorFlow's native library where an installed peer loads, else WebAssembly. Never plain JavaScript, which is
 * dozens of times slower.
 *
 * @returns what was chosen, for logs: `tfjs (node-gpu)`, `tfjs (node)` or `tfjs (wasm, simd)`.
 * @throws Error when not even WebAssembly starts.
 */
export async function chooseTfjsBackend(): Promise<string> {
  for (const peer of NATIVE_PEERS) {
    if (await loadsNative(peer)) return `tfjs (${peer.replace('@tensorflow/tfjs-', '')})`;
  }
  if (!(await tf.setBackend('wasm'))) throw new Error('The WebAssembly backend of tfjs does not start');
  await tf.ready();
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return simd === true ? 'tfjs (wasm, simd)' : 'tfjs (wasm)';
}
