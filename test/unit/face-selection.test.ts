import { findCandidates, prominenceOf, selectFaces, type PlacedFace } from '../../src/domain/face-selection';
import type { JudgedFace, UnindexedReason } from '../../src/domain/quality';

const SIDE = 1_000;

/** A square face of `size` px about (x, y), both ratios, in an image of 1,000 px. */
const place = (size: number, x = 0.5, y = 0.5, confidence = 93): PlacedFace => ({
  boundingBox: { left: x - size / SIDE / 2, top: y - size / SIDE / 2, width: size / SIDE, height: size / SIDE },
  confidence,
});

describe('selectFaces', () => {
  const face = (sizePx: number, sharpness: number): JudgedFace & PlacedFace => ({
    ...place(sizePx),
    quality: { brightness: 50, sharpness },
    pose: { yaw: 5, pitch: -3, roll: 40 },
    sizePx,
    isAligned: true,
  });
  const crowd = [face(60, 18), face(200, 11), face(100, 14), face(10, 19)];
  const kept = (keep: 'LARGEST' | 'BEST', maxFaces: number, qualityFilter: 'NONE' | 'AUTO' = 'NONE'): number[] =>
    selectFaces(crowd, { keep, maxFaces, qualityFilter })
      .filter(({ rejections }) => rejections.length === 0)
      .map(({ face: { sizePx } }) => sizePx);

  it('answers largest first, all of them', () => {
    const selected = selectFaces(crowd, { keep: 'BEST', maxFaces: 1, qualityFilter: 'NONE' });
    expect(selected.map(({ face: { sizePx } }) => sizePx)).toEqual([200, 100, 60, 10]);
    expect(selected.filter(({ rejections }) => rejections.includes('EXCEEDS_MAX_FACES'))).toHaveLength(3);
  });

  it('keeps the largest, or the best', () => {
    expect(kept('LARGEST', 2)).toEqual([200, 100]);
    expect(kept('BEST', 2)).toEqual([60, 10]);
  });

  it('does not count refused faces against the limit', () => {
    expect(kept('BEST', 3, 'AUTO')).toEqual([200, 100, 60]);
    const refused = selectFaces(crowd, { keep: 'BEST', maxFaces: 3, qualityFilter: 'AUTO' })[3]!;
    expect(refused.rejections).toEqual(['SMALL_BOUNDING_BOX']);
  });

  it.each([
    ['half of it is outside the image', place(300, 0), place(250)],
    ['it is half sure to be a face', place(300, 0.5, 0.5, 50), place(200, 0.2, 0.2, 95)],
  ])('does not take the larger box for the larger face when %s', (_when, larger, smaller) => {
    const [first] = selectFaces(
      [larger, smaller].map((one) => ({ ...face(100, 50), ...one })),
      { keep: 'LARGEST', maxFaces: 1, qualityFilter: 'NONE' },
    );
    expect(first!.face.boundingBox).toEqual(smaller.boundingBox);
    expect(first!.rejections).toEqual([]);
  });
});

describe('findCandidates', () => {
  const candidatesOf = (faces: readonly (PlacedFace & { rejections?: UnindexedReason[] })[], width = SIDE) => {
    const answered = faces
      .map((face) => ({ ...face, rejections: face.rejections ?? [] }))
      .sort((a, b) => prominenceOf(b) - prominenceOf(a))
      .map((face, index) => ({
        ...face,
        rejections: index > 0 ? [...face.rejections, 'EXCEEDS_MAX_FACES' as const] : face.rejections,
      }));
    return findCandidates({ width, height: SIDE, faces: answered }).length;
  };

  it.each([
    ['one face', [place(200)], 1],
    ['a stranger in the background', [place(300), place(150, 0.85, 0.3), place(80, 0.1, 0.2)], 1],
    ['two of like size', [place(200, 0.3), place(190, 0.7)], 2],
    ['a crowd of like size', [place(100, 0.2), place(98, 0.4), place(99, 0.6), place(97, 0.8)], 4],
    ['a larger one at the side of one in the middle', [place(260, 0.85), place(180)], 2],
    ['a small one in the middle behind a large one at the side', [place(260, 0.8), place(100)], 1],
    ['a sure face beside a larger thing that hardly is one', [place(200, 0.7, 0.5, 95), place(280, 0.2, 0.5, 60)], 2],
    ['a sure face beside a smaller thing that hardly is one', [place(200, 0.5, 0.5, 95), place(180, 0.9, 0.5, 60)], 1],
  ])('%s', (_what, faces, count) => {
    expect(candidatesOf(faces)).toBe(count);
    expect(candidatesOf([...faces].reverse())).toBe(count);
  });

  it('counts a face that was refused, and answers nobody when every face was', () => {
    const blurred = { ...place(300, 0.3), rejections: ['LOW_SHARPNESS' as const] };
    const sharp = { ...place(120, 0.7), rejections: [] };
    const image = { width: SIDE, height: SIDE };
    expect(findCandidates({ ...image, faces: [blurred, sharp] })).toEqual([sharp, blurred]);
    expect(findCandidates({ ...image, faces: [blurred] })).toEqual([]);
    expect(findCandidates({ ...image, faces: [] })).toEqual([]);
  });
});
