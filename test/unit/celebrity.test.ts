import { randomBytes } from 'node:crypto';
import { makeGalleryScope } from '../../src/domain/gallery-scope-factory';
import { newId } from '../../src/domain/ids';
import { SEAL_KEY_BYTES } from '../../src/domain/sealed-id';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import type { AnalyzedProbe } from '../../src/modules/recognition/probe-analyzer';
import { SearchBudgets } from '../../src/modules/recognition/search-budgets';
import { togetherOf } from '../../src/modules/sharing/celebrity-faces';
import { CelebrityService, type CelebrityServiceDependencies } from '../../src/modules/sharing/celebrity.service';
import type { AnalyzedFace, CalibratedPack } from '../../src/ports/face-analyzer';
import type { OpenGallery, PublishedFace } from '../../src/records/shared-gallery';
import { STEEP } from '../fixtures/calibrations';

const grantee = makeTenantScope(newId());

const face = (left: number, embedding?: Float32Array): AnalyzedFace => ({
  boundingBox: { left, top: 0.1, width: 0.1, height: 0.1 },
  landmarks: {
    eyeLeft: { x: 0, y: 0 },
    eyeRight: { x: 0, y: 0 },
    nose: { x: 0, y: 0 },
    mouthLeft: { x: 0, y: 0 },
    mouthRight: { x: 0, y: 0 },
  },
  pose: { pitch: 0, roll: 0, yaw: 0 },
  quality: { brightness: 50, sharpness: 50 },
  confidence: 99,
  sizePx: 80,
  rejections: embedding ? [] : ['SMALL_BOUNDING_BOX'],
  ...(embedding ? { embedding } : {}),
});
const vector = (...values: number[]): Float32Array => new Float32Array(values);
const PROBE: Omit<AnalyzedProbe, 'faces'> = {
  ...{ width: 100, height: 100, mime: 'image/jpeg', firstFrameOnly: false, sha256: Buffer.alloc(32) },
  timings: { queue: 0, decode: 0, detect: 0, landmarks: 0, align: 0, embed: 0, encode: 0 },
};
const packOf = (embeddingDigest: string): CalibratedPack => ({
  ...{ id: `${embeddingDigest}@1`, name: embeddingDigest, version: '1', embeddingDigest, dimension: 2 },
  ...{ metric: 'COSINE', calibration: STEEP, licence: 'none', commercialUse: false, description: '' },
});

function galleryOf(embeddingDigest: string, more: Partial<OpenGallery> = {}): OpenGallery {
  const id = newId();
  return {
    ...{ id, name: 'Actors', description: '', similarityFloor: 95, showsCovers: false, grantedAt: new Date() },
    scope: makeGalleryScope(grantee, id),
    space: { tenantId: newId(), collectionId: newId() },
    ...{ modelPackId: `${embeddingDigest}@1`, embeddingDigest, idSecret: randomBytes(SEAL_KEY_BYTES) },
    ...more,
  };
}

/** Two faces, one at 0 that each gallery knows and one that none does; what is asked of the galleries is counted. */
function world(galleries: readonly OpenGallery[], stillOpen = galleries.length) {
  const asked = { packs: [] as string[][], neighbours: [] as number[], keys: [] as number[], audited: 0 };
  const known: PublishedFace = {
    ...{ vectorKey: 1n, personId: newId(), name: 'Ada', urls: [], knownFor: null },
    vector: vector(1, 0),
  };
  const deps: CelebrityServiceDependencies = {
    granted: {
      open: async (_: unknown, ids: readonly string[]) => galleries.filter(({ id }) => ids.includes(id)),
      countOpen: async () => stillOpen,
      findFaces: async (_: unknown, nearest: readonly (readonly bigint[])[]) => {
        asked.keys.push(nearest.flat().length);
        return [known];
      },
    },
    packs: { getPack: ({ embeddingDigest }: { embeddingDigest: string }) => packOf(embeddingDigest) },
    probes: {
      analyzeByEach: async (_: unknown, __: unknown, ___: unknown, each: readonly { packId: string }[]) => {
        asked.packs.push(each.map(({ packId }) => packId));
        const faces = [face(0, vector(1, 0)), face(0.5, vector(0, 1))];
        return each.map(() => ({ ...PROBE, faces }));
      },
    },
    searchSpace: async (space: OpenGallery['space'], probes: readonly Float32Array[], k: number) => {
      asked.neighbours.push(k);
      return probes.map(() => [{ ...space, vectorKey: 1n, distance: 0 }]);
    },
    audit: {
      record: async () => {
        asked.audited += 1;
        return newId();
      },
    },
    budgets: new SearchBudgets(),
  };
  const recognize = (minSimilarity = 0, galleryIds = galleries.map(({ id }) => id)) =>
    new CelebrityService(deps).recognize(grantee, {
      ...{ image: { base64: '' }, galleryIds, minSimilarity, qualityFilter: 'NONE' },
      holder: { apiKeyId: newId(), maxNearMatches: null, maxPersonsNamed: null },
    });
  return { asked, recognize };
}

describe('three galleries of two packs', () => {
  const galleries = [galleryOf('a'), galleryOf('b'), galleryOf('a')];

  test('have each image analysed once a pack', async () => {
    const { asked, recognize } = world(galleries);
    const { recognized, unrecognized } = await recognize();
    expect(asked.packs).toEqual([['a@1', 'b@1']]);
    expect(recognized.map(({ name, similarity }) => ({ name, similarity }))).toEqual([{ name: 'Ada', similarity: 95 }]);
    expect(unrecognized).toHaveLength(1);
  });

  test('are asked the same for a face that is found and for one that is not', async () => {
    const { asked, recognize } = world(galleries);
    await recognize();
    expect(new Set(asked.neighbours).size).toBe(1);
    expect(new Set(asked.keys)).toEqual(new Set([2]));
  });
});

test('a grant that ends while the image is analysed is answered with a refusal alone', async () => {
  const { asked, recognize } = world([galleryOf('a'), galleryOf('a')], 1);
  await expect(recognize()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(asked.audited).toBe(0);
});

test('a gallery that was not granted is not there, and nothing is analysed for it', async () => {
  const { asked, recognize } = world([galleryOf('a')]);
  await expect(recognize(0, [newId()])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(recognize(0, ['x'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(asked.packs).toEqual([]);
});

test('an index that answers with another collection’s face is not believed', async () => {
  const gallery = galleryOf('a');
  const { recognize } = world([
    {
      ...gallery,
      get space() {
        return { tenantId: newId(), collectionId: newId() };
      },
    },
  ]);
  await expect(recognize()).rejects.toThrow('outside the searched space');
});

describe('faces of several packs', () => {
  test('are one face where their boxes overlap, and faces that one pack alone has found are there too', () => {
    const seen = togetherOf([
      { embeddingDigest: 'a', image: { faces: [face(0, vector(1, 0)), face(0.5)] } },
      { embeddingDigest: 'b', image: { faces: [face(0.51, vector(0, 1)), face(0.02, vector(1, 1)), face(0.8)] } },
    ]);
    expect(seen.map(({ shown, embeddings }) => [shown.boundingBox.left, [...embeddings.keys()]])).toEqual([
      [0, ['a', 'b']],
      [0.5, ['b']],
      [0.8, []],
    ]);
  });
});
