/** What a model may have been saved as. `face-api-recognition` are bare weights whose graph the compiler writes out itself. */
export const MODEL_FORMATS = ['onnx', 'tfjs-graph', 'face-api-recognition', 'openvino-ir', 'tflite', 'keras'] as const;

export type ModelFormat = (typeof MODEL_FORMATS)[number];
