import sharp from 'sharp';
import { DomainError } from '../../src/domain/errors';
import { distanceAtSimilarity, similarityOf } from '../../src/domain/calibration';
import type { BoundingBox } from '../../src/domain/geometry';
import type { AnalyzedFace, AnalyzedImage } from '../../src/ports/face-analyzer';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { distanceBetween } from '../../src/domain/distance';
import { overlapOf } from '../../src/domain/overlap';
import { prominenceOf } from '../../src/domain/face-selection';
import { norm } from '../../workers/pipeline/vector';
import { everyFace, similarityWith, startAnalyzer } from '../fixtures/analyzer';
import { cutOut, partyPhoto } from '../fixtures/photos';

/** Faces in the six photographs, counted by eye. */
const FACES = [3, 3, 3, 4, 5, 4] as const;

const centreX = ({ boundingBox: { left, width } }: AnalyzedFace): number => left + width / 2;
const byPlace = ({ faces }: AnalyzedImage): AnalyzedFace[] => [...faces].sort((a, b) => centreX(a) - centreX(b));
const maxDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((max, value, k) => Math.max(max, Math.abs(value - b[k]!)), 0);

const isInside = ({ left, top, width, height }: BoundingBox): boolean =>
  left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= 1 && top + height <= 1;

/** What every pack must do behind the FaceAnalyzer port, on photographs that an npm dependency carries. */
export function describeFaceAnalyzer(pack: string): void {
  describe(`FaceAnalyzer with ${pack}`, () => {
    let analyzer: ThreadedFaceAnalyzer;
    let photos: AnalyzedImage[];

    beforeAll(async () => {
      analyzer = await startAnalyzer([pack], { threads: 2 });
      photos = await Promise.all(
        ([1, 2, 3, 4, 5, 6] as const).map((number) => analyzer.analyze(everyFace(analyzer, partyPhoto(number)))),
      );
    }, 120_000);

    afterAll(() => analyzer?.close());

    it('names the pack and its runtime', () => {
      const [description] = analyzer.packs();
      expect(description!.name).toBe(pack);
      expect(description!.embeddingDigest).toMatch(/^[0-9a-f]{64}$/);
      expect(analyzer.runtimes()[description!.id]).toMatch(/^(onnxruntime|tfjs) \(/);
    });

    it('finds every face of the group photographs, largest first', () => {
      expect(photos.map(({ faces }) => faces.length)).toEqual(FACES);
      for (const { faces } of photos) {
        const prominence = faces.map(prominenceOf);
        expect(prominence).toEqual([...prominence].sort((a, b) => b - a));
      }
    });

    it('describes each face within its ranges', () => {
      const { dimension, metric } = analyzer.packs()[0]!;
      for (const face of photos.flatMap(({ faces }) => faces)) {
        expect(face.embedding).toHaveLength(dimension);
        expect(face.embedding!.every(Number.isFinite)).toBe(true);
        if (metric === 'COSINE') expect(norm(face.embedding!)).toBeCloseTo(1, 5);
        expect(face.rejections).toEqual([]);
        for (const value of [face.confidence, face.quality.brightness, face.quality.sharpness]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(100);
        }
        expect(isInside(face.boundingBox)).toBe(true);
        const { left, top, width, height } = face.boundingBox;
        for (const { x, y } of [face.landmarks.eyeLeft, face.landmarks.eyeRight, face.landmarks.nose]) {
          expect(x).toBeGreaterThan(left - width / 2);
          expect(x).toBeLessThan(left + 1.5 * width);
          expect(y).toBeGreaterThan(top - height / 2);
          expect(y).toBeLessThan(top + 1.5 * height);
        }
      }
    });

    it('sees that the woman at the right of the first photograph is in the middle of the third, and nobody else is', () => {
      const { metric, calibration } = analyzer.packs()[0]!;
      const probe = byPlace(photos[0]!)[2]!.embedding!;
      const [left, middle, right] = byPlace(photos[2]!).map(({ embedding }) =>
        similarityOf(calibration!, distanceBetween(metric, probe, embedding!)),
      );
      expect(middle).toBeGreaterThan(90);
      expect(left).toBeLessThan(80);
      expect(right).toBeLessThan(80);
    });

    it('gives two faces in a row two vectors', () => {
      const { metric, calibration } = analyzer.packs()[0]!;
      const limit = distanceAtSimilarity(calibration!, 80);
      for (const { faces } of photos) {
        for (let i = 1; i < faces.length; i++) {
          expect(distanceBetween(metric, faces[i - 1]!.embedding!, faces[i]!.embedding!)).toBeGreaterThan(limit / 2);
        }
      }
    });

    it('gives a face the same vector alone as among others', async () => {
      const portraits = await Promise.all(
        photos
          .slice(0, 3)
          .flatMap(({ faces }, i) => faces.map((face) => cutOut(partyPhoto((i + 1) as 1 | 2 | 3), face.boundingBox))),
      );
      const together = await Promise.all(portraits.map((image) => analyzer.analyze(everyFace(analyzer, image))));
      for (const [i, image] of [...portraits.entries()].reverse()) {
        const alone = await analyzer.analyze(everyFace(analyzer, image, { priority: 'INTERACTIVE' }));
        expect(maxDifference(alone.faces[0]!.embedding!, together[i]!.faces[0]!.embedding!)).toBeLessThan(1e-5);
      }
    });

    it('refuses the faces over the limit, the small ones first or the poor ones first', async () => {
      const { faces } = await analyzer.analyze(everyFace(analyzer, partyPhoto(5), { maxFaces: 2 }));
      expect(faces).toHaveLength(5);
      expect(faces.map(({ rejections }) => rejections.length > 0)).toEqual([false, false, true, true, true]);
      expect(faces.filter(({ embedding }) => embedding !== undefined)).toHaveLength(2);
      expect(faces[4]!.rejections).toEqual(['EXCEEDS_MAX_FACES']);
    });

    it('embeds known faces at their landmarks, in their order, without looking for any', async () => {
      const places = [...photos[0]!.faces].reverse();
      const known = await analyzer.analyze(everyFace(analyzer, partyPhoto(1), { places, maxFaces: 1 }));
      expect(known.faces).toHaveLength(3);
      known.faces.forEach((face, i) => {
        const { boundingBox, landmarks, embedding } = places[i]!;
        expect(face).toMatchObject({ boundingBox, landmarks, confidence: 0, rejections: [] });
        // Landmarks are told to a millionth of the image.
        expect(maxDifference(face.embedding!, embedding!)).toBeLessThan(0.01);
      });
      const shifted = places.map(({ boundingBox, landmarks }) => ({
        boundingBox,
        landmarks: { ...landmarks, eyeLeft: landmarks.nose },
      }));
      const elsewhere = await analyzer.analyze(everyFace(analyzer, partyPhoto(1), { places: shifted }));
      expect(maxDifference(elsewhere.faces[0]!.embedding!, places[0]!.embedding!)).toBeGreaterThan(0.01);
      const inOnePoint = places.map(({ boundingBox, landmarks: { nose } }) => ({
        boundingBox,
        landmarks: { eyeLeft: nose, eyeRight: nose, nose, mouthLeft: nose, mouthRight: nose },
      }));
      const misaligned = await analyzer.analyze(everyFace(analyzer, partyPhoto(1), { places: inOnePoint }));
      expect(misaligned.faces.map((face) => [face.rejections, face.embedding])).toEqual(
        places.map(() => [['MISALIGNED'], undefined]),
      );
      const { faces } = await analyzer.analyze(everyFace(analyzer, partyPhoto(1), { places: [] }));
      expect(faces).toEqual([]);
    });

    it('finds the landmarks of a face at a box that is drawn loosely about it, whichever way up, and says where there is none', async () => {
      const [face] = photos[0]!.faces;
      const { left, top, width, height } = face!.boundingBox;
      const drawn = { left: left - 0.2 * width, top: top - 0.1 * height, width: 1.3 * width, height: 1.3 * height };
      const sky = { left: 0, top: 0, width: 0.05, height: 0.05 };
      const places = [drawn, sky].map((boundingBox) => ({ boundingBox, landmarks: null }));
      const [found, none] = (await analyzer.analyze(everyFace(analyzer, partyPhoto(1), { places }))).faces;
      expect(overlapOf(found!.boundingBox, face!.boundingBox)).toBeGreaterThan(0.5);
      expect(found).toMatchObject({ rejections: [] });
      expect(found!.confidence).toBeGreaterThan(50);
      expect(similarityWith(analyzer, found!, face!)).toBeGreaterThan(95);
      expect(none).toMatchObject({ boundingBox: sky, confidence: 0, rejections: ['MISALIGNED'] });
      expect(none!.embedding).toBeUndefined();

      const turned = await sharp(partyPhoto(1)).rotate(180).toBuffer();
      const upsideDown = { ...drawn, left: 1 - drawn.left - drawn.width, top: 1 - drawn.top - drawn.height };
      const again = await analyzer.analyze(
        everyFace(analyzer, turned, { places: [{ boundingBox: upsideDown, landmarks: null }] }),
      );
      expect(similarityWith(analyzer, again.faces[0]!, face!)).toBeGreaterThan(90);
    });

    it('answers without vectors when none are wanted', async () => {
      const { faces } = await analyzer.analyze(everyFace(analyzer, partyPhoto(1), { embed: false }));
      expect(faces.map(({ embedding, rejections }) => [embedding, rejections])).toEqual(
        FACES.slice(0, 3).map(() => [undefined, []]),
      );
    });

    it('answers an empty list for an image without a face', async () => {
      const wall = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#7f8c6b' } })
        .jpeg()
        .toBuffer();
      expect((await analyzer.analyze(everyFace(analyzer, wall))).faces).toEqual([]);
    });

    it('answers a face that any border cuts with a box inside the image', async () => {
      const { boundingBox } = photos[2]!.faces[0]!;
      const portrait = await cutOut(partyPhoto(3), boundingBox, 0.8);
      const { width, height } = await sharp(portrait).metadata();
      let found = 0;
      for (const [x, y] of [0, 0.38, -0.38].flatMap((dx) => [0, 0.38, -0.38].map((dy) => [dx, dy] as const))) {
        const cut = await sharp(portrait)
          .extract({
            left: Math.max(0, Math.round(x * width)),
            top: Math.max(0, Math.round(y * height)),
            width: Math.round(width * (1 - Math.abs(x))),
            height: Math.round(height * (1 - Math.abs(y))),
          })
          .toBuffer();
        const { faces } = await analyzer.analyze(everyFace(analyzer, cut));
        found += faces.length;
        for (const { boundingBox: box } of faces) expect(isInside(box)).toBe(true);
      }
      expect(found).toBeGreaterThan(3);
    });

    it('sees an image turned by EXIF as its viewer does, and stores it upright without its metadata', async () => {
      const upright = await sharp(partyPhoto(1)).resize(960).jpeg({ quality: 95 }).toBuffer();
      const lying = await sharp(upright).rotate(-90).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
      const [a, b] = await Promise.all(
        [upright, lying].map((image) => analyzer.analyze(everyFace(analyzer, image, { clean: true }))),
      );
      expect([b!.width, b!.height]).toEqual([a!.width, a!.height]);
      expect(b!.faces).toHaveLength(a!.faces.length);
      for (const [i, face] of byPlace(a!).entries()) {
        const { boundingBox } = byPlace(b!)[i]!;
        for (const side of ['left', 'top', 'width', 'height'] as const) {
          expect(Math.abs(boundingBox[side] - face.boundingBox[side])).toBeLessThan(0.01);
        }
      }
      const stored = await sharp(b!.cleaned!.bytes).metadata();
      expect(b!.cleaned!.mime).toBe('image/jpeg');
      expect([stored.width, stored.height, stored.exif, stored.orientation]).toEqual([
        a!.width,
        a!.height,
        undefined,
        undefined,
      ]);
    });

    it('leaves an image that carries nothing else as it came', async () => {
      const bare = await sharp(partyPhoto(1)).resize(640).jpeg().toBuffer();
      const { cleaned } = await analyzer.analyze(everyFace(analyzer, bare, { clean: true }));
      expect(cleaned!.mime).toBe('image/jpeg');
      expect(Buffer.compare(Buffer.from(cleaned!.bytes), bare)).toBe(0);
    });

    it('refuses a pack that does not serve here', async () => {
      const wanted = analyzer.analyze(everyFace(analyzer, partyPhoto(1), { packId: 'no-such-pack@1' }));
      await expect(wanted).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
      await expect(wanted).rejects.toBeInstanceOf(DomainError);
    });
  });
}
