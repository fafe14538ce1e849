import { RunRecorder } from '../../bench/run-recorder';
import type { InferenceRuntime, Tensor } from '../../workers/inference/runtime';

/** Two nets that note what they are fed. */
function noting(): { runtime: InferenceRuntime; fed: string[] } {
  const fed: string[] = [];
  const runtime: InferenceRuntime = {
    label: 'noting',
    load: (_format, [file]) =>
      Promise.resolve({
        run: ({ data, shape }) => {
          fed.push(`${file!.name} ${shape.join('x')} ${data.length}`);
          return Promise.resolve({ out: { data: Float32Array.of(7), shape: [1] } });
        },
        dispose: () => fed.push(`${file!.name} disposed`),
      }),
  };
  return { runtime, fed };
}

const input = (...shape: number[]): Tensor => ({
  data: new Float32Array(shape.reduce((product, side) => product * side, 1)),
  shape,
});

describe('the recorder of forward passes', () => {
  test('makes every pass again, in order, with the same shapes, and says what each net took', async () => {
    const { runtime, fed } = noting();
    const recorder = new RunRecorder(runtime);
    const detector = await recorder.load('onnx', [{ name: 'detector', bytes: new Uint8Array() }]);
    const embedder = await recorder.load('onnx', [{ name: 'embedder', bytes: new Uint8Array() }]);
    await detector.run(input(1, 4, 4, 3));
    await detector.run(input(3, 2, 2, 3));
    expect(await embedder.run(input(2, 5))).toEqual({ out: { data: Float32Array.of(7), shape: [1] } });
    const recorded = fed.splice(0);

    expect(await recorder.replay()).toEqual([expect.any(Number), expect.any(Number)]);

    expect(recorded).toEqual(['detector 1x4x4x3 48', 'detector 3x2x2x3 36', 'embedder 2x5 10']);
    expect(fed).toEqual(recorded);
    expect(recorder.runs).toHaveLength(3);
    detector.dispose();
    expect(fed.at(-1)).toBe('detector disposed');
  });
});
