import { readFaceApiRecognition } from './front-ends/face-api-recognition';
import type { CompileOptions, FrontEnd, ModelFile } from './front-ends/front-end';
import { readKeras } from './front-ends/keras';
import { readOnnx } from './front-ends/onnx';
import { readOpenvinoIr } from './front-ends/openvino-ir';
import { readTfjsGraph } from './front-ends/tfjs-graph';
import { readTflite } from './front-ends/tflite';
import { loadHdf5 } from './keras/hdf5';
import { summariseKeras, type KerasSummary } from './keras/summary';
import { KERAS_FILES, writeKeras, type KerasFile, type NewKerasLayer, type NewKerasModel } from './keras/writer';
import { ModelError } from './model-error';
import { MODEL_FORMATS, type ModelFormat } from './model-format';
import { writeOnnx } from './onnx/writer';
import { optimise } from './optimise';
import { verifyGraph } from './verify-graph';

export {
  KERAS_FILES,
  MODEL_FORMATS,
  ModelError,
  summariseKeras,
  writeKeras,
  type KerasFile,
  type KerasSummary,
  type NewKerasLayer,
  type NewKerasModel,
  type CompileOptions,
  type ModelFile,
  type ModelFormat,
};

/** What the compiler gives for the same files changes only with this number: it is part of the name that compiled files are kept under. */
export const COMPILER_REVISION = 2;

const FRONT_ENDS = {
  'tfjs-graph': readTfjsGraph,
  'face-api-recognition': readFaceApiRecognition,
  onnx: readOnnx,
  'openvino-ir': readOpenvinoIr,
  tflite: readTflite,
  keras: readKeras,
} as const satisfies Record<ModelFormat, FrontEnd>;

/** Loads what reads files of the format, once; {@link compileModel} wants it there. */
export async function loadFormat(format: ModelFormat): Promise<void> {
  if (format === 'keras') await loadHdf5();
}

/**
 * Compiles a model of any known format for onnxruntime. Nothing is read or written: files come and go as bytes.
 *
 * @param files in the format's own order: the graph first, then the weights.
 * @returns a complete ONNX file. Its first dimension is free wherever the net allows, its input float32 in the source's own layout, its
 *   inputs and outputs named as in the source.
 *   The format is loaded before, see {@link loadFormat}.
 * @throws ModelError naming the operator and its place, or what else is wrong with the files.
 */
export function compileModel(
  format: ModelFormat,
  files: readonly ModelFile[],
  options: CompileOptions = {},
): Uint8Array {
  const graph = FRONT_ENDS[format](files, options);
  verifyGraph(graph);
  optimise(graph);
  verifyGraph(graph);
  return writeOnnx(graph);
}
