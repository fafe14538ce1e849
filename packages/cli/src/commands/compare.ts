import { CompareFacesDocument } from '@likeness/client';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { tableOf } from '../output.ts';
import { imageOf } from './search.ts';

/** Whether the largest face of one photograph is in another. */
export async function compare(
  { likeness, out, signal }: Context,
  source: string,
  target: string,
  { pack }: { pack?: string },
): Promise<ExitCode> {
  const [one, other] = await Promise.all([imageOf(source), imageOf(target)]);
  const { compareFaces } = await likeness.request(
    CompareFacesDocument,
    { source: one, target: other, modelPack: pack },
    { signal },
  );
  const { faces, threshold, isAmbiguous } = compareFaces;
  out.answer(compareFaces, () => {
    if (faces.length === 0) return `No face was found in ${target}.`;
    const rows = faces.map((face, index) => [
      index + 1,
      face.isMatch ? 'the same person' : 'another person',
      face.similarity?.toFixed(1),
      face.distance.toFixed(3),
    ]);
    const unsure = isAmbiguous ? `\n${source} shows several faces: the clearest large one was compared.` : '';
    return `${tableOf(['FACE', 'ANSWER', 'SIMILARITY', 'DISTANCE'], rows)}\nThe same from a similarity of ${threshold}.${unsure}`;
  });
  return faces.some(({ isMatch }) => isMatch) ? EXIT.DONE : EXIT.PARTLY;
}
