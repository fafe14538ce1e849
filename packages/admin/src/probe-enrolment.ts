import type { EnrollOutcome, LikenessClient } from '@likeness/client';
import type { Picked } from './parts/person-picker.tsx';
import type { Box } from './pure/label-places.ts';
import { squareAround } from './pure/square.ts';
import { REASONS } from './pure/words.ts';

/** Enough around a face that it is found again, and little of anybody else. */
const MARGIN = 0.6;
const QUALITY = 0.95;

/** The part of a photograph around one face. @throws Error where the browser cannot draw it. */
async function cutOut(image: Blob, box: Box): Promise<Blob> {
  const whole = await createImageBitmap(image);
  const { left, top, side } = squareAround(box, whole, MARGIN);
  const canvas = document.createElement('canvas');
  const from = { x: Math.max(0, left), y: Math.max(0, top) };
  canvas.width = Math.round(Math.min(whole.width, left + side) - from.x);
  canvas.height = Math.round(Math.min(whole.height, top + side) - from.y);
  canvas.getContext('2d')!.drawImage(whole, -from.x, -from.y);
  whole.close();
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('This browser could not cut the face out.'))),
      'image/jpeg',
      QUALITY,
    ),
  );
}

/**
 * Adds a face of a photograph as a person's. Of several faces in it, its part around this one alone is sent.
 * @returns what became of it, as one says it.
 * @throws Error that says why it was not added.
 */
export async function enrolProbe(
  client: LikenessClient,
  collectionId: string,
  { image, box, isAlone }: { readonly image: File; readonly box: Box; readonly isAlone: boolean },
  person: Picked,
): Promise<string> {
  const source = isAlone ? image : await cutOut(image, box);
  const whose = person.id === undefined ? { create: { displayName: person.displayName } } : { id: person.id };
  const outcomes: EnrollOutcome[] = [];
  await client.enrollFiles(
    {
      collectionId,
      files: [{ source, person: whose, externalImageId: image.name.slice(-255) }],
      // A neighbour who stands in the cut-out, too, may be the larger one.
      onAmbiguous: isAlone ? 'LARGEST' : 'REFUSE',
    },
    { onOutcome: (outcome) => outcomes.push(outcome) },
  );
  const [outcome] = outcomes;
  switch (outcome?.state) {
    case 'INDEXED':
      return outcome.duplicate
        ? `${person.displayName} has this photograph already.`
        : `It is a face of ${person.displayName} now.`;
    case 'UNINDEXED': {
      const reasons = outcome.unindexedFaces.flatMap(({ reasons: codes }) => codes.map((code) => REASONS[code]));
      throw new Error(`The face is not good enough to be searched: ${[...new Set(reasons)].join(', ').toLowerCase()}.`);
    }
    case 'FAILED':
      if (!isAlone && outcome.error.code === 'AMBIGUOUS_FACE') {
        throw new Error(
          'Somebody else is too near to cut this face out alone. Choose a photograph that shows them alone.',
        );
      }
      throw new Error(outcome.error.message);
    default:
      throw new Error('It was stopped before it was added. Try again.');
  }
}
