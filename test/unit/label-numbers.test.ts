import { labelNumbers } from '../../workers/inference/classifier-engine';
import type { Tensor } from '../../workers/inference/runtime';

const output = (...numbers: number[]): Tensor => ({ data: Float32Array.from(numbers), shape: [1, numbers.length] });
const age = output(34);
const genders = output(-1, 2);

test('two numbers for two labels are taken before one, in whatever order a net gives them', () => {
  for (const outputs of [
    [age, genders],
    [genders, age],
  ]) {
    expect(labelNumbers(outputs, [2, 1])).toEqual([genders]);
  }
  expect(labelNumbers([output(1, 2, 3), age], [2, 1])).toEqual([age]);
});

test('two outputs that fit are told, and none that fits', () => {
  expect(labelNumbers([genders, output(3, 4)], [2, 1])).toHaveLength(2);
  expect(labelNumbers([output(1, 2, 3), { ...output(1, 2, 3, 4), shape: [2, 2] }], [4])).toEqual([]);
});

test('whole numbers, as ONNX gives a label, are passed over', () => {
  const label = { data: BigInt64Array.of(1n), shape: [1] } as unknown as Tensor;
  expect(labelNumbers([label, output(0.7)], [2, 1])).toEqual([output(0.7)]);
});
