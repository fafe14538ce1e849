import { badInput, DomainError, notFound } from '../../domain/errors';
import { findCandidates } from '../../domain/face-selection';
import { fuseVectors } from '../../domain/fused-vector';
import { isId } from '../../domain/ids';
import { qualityScore } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { FaceStore } from '../faces/face.store';
import type { ImageSource } from '../images/image-loader.service';
import type { PersonStore } from '../persons/person.store';
import type { AnalyzedProbe, ProbeAnalyzer } from './probe-analyzer';
import type { LoadedProbes, Probe, ProbeFace, SearchCommand } from './search-shapes';
import { largestFaceOf } from './single-face';

export interface SearchProbesDependencies {
  readonly probes: ProbeAnalyzer;
  readonly faces: FaceStore;
  readonly persons: PersonStore;
}

/** Of a person with more faces, the newest ones are searched for. */
const MAX_PERSON_FACES = 1_000;

type FaceWithEmbedding = ProbeFace & { readonly embedding: Float32Array };

/** What a search is by: the faces of an image, several photographs of one person, a stored face or a stored person. */
export class SearchProbes {
  constructor(private readonly deps: SearchProbesDependencies) {}

  /**
   * @throws DomainError BAD_USER_INPUT (not exactly one source), NOT_FOUND, NO_FACE_FOUND and AMBIGUOUS_FACE (of one of `images`,
   * which the message and `details.path` name), and what loading and analysing an image throw.
   */
  async load(scope: TenantScope, command: SearchCommand, pack: CalibratedPack): Promise<LoadedProbes> {
    const { image, images, faceId, personId } = command;
    const given = [image, images, faceId, personId].filter((one) => one !== undefined && one !== null);
    if (given.length !== 1) {
      throw badInput({
        path: 'image',
        rule: 'or one of images, faceId and personId must be given, and no two of them',
      });
    }
    if (image) return this.ofImage(scope, image, command, pack);
    if (images) return this.ofImages(scope, images, command, pack);
    if (personId) return this.ofPerson(scope, personId, pack);
    return this.ofFace(scope, faceId ?? '', pack);
  }

  private async ofImage(
    scope: TenantScope,
    image: ImageSource,
    { qualityFilter }: SearchCommand,
    pack: CalibratedPack,
  ): Promise<LoadedProbes> {
    const options = { packId: pack.id, qualityFilter: qualityFilter ?? 'NONE' };
    const analysed = await this.deps.probes.analyze(scope, image, 'image', options);
    return {
      ...toldOf([analysed]),
      probes: analysed.faces.map((face) => ({
        shown: probeFaceOf(face),
        fusedFaces: [],
        reasons: face.rejections,
        embedding: face.embedding,
      })),
    };
  }

  private async ofImages(
    scope: TenantScope,
    images: readonly ImageSource[],
    { qualityFilter, onAmbiguous }: SearchCommand,
    pack: CalibratedPack,
  ): Promise<LoadedProbes> {
    const options = { packId: pack.id, qualityFilter: qualityFilter ?? 'NONE', maxFaces: 1 } as const;
    const settled = await Promise.allSettled(
      images.map((image, i) => this.deps.probes.analyze(scope, image, `images[${i}]`, options)),
    );
    // All have ended: of several that are refused, the first one is told.
    const analysed = settled.map((one, i) => {
      if (one.status === 'rejected') throw namingImage(one.reason, i);
      return one.value;
    });
    const faces = analysed.map((one, i) => theFaceOf(one, i, onAmbiguous === 'LARGEST'));
    return { ...toldOf(analysed), probes: [{ ...fused(pack, faces), fusedFaces: faces.map(probeFaceOf) }] };
  }

  private async ofFace(scope: TenantScope, faceId: string, pack: CalibratedPack): Promise<LoadedProbes> {
    const face = isId(faceId) ? await this.deps.faces.findIndexed(scope, faceId, pack.embeddingDigest) : null;
    if (!face) throw notFound('indexed face of these collections’ model pack');
    const excludedPersonIds = await this.deps.faces.findRejectedPersons(scope, faceId);
    const shown = { shown: probeFaceOf(face), fusedFaces: [], reasons: [] };
    const probe: Probe = { ...shown, embedding: face.vector, excludedFaceId: face.id, excludedPersonIds };
    return { ...stored([probe]), firstFrameOnly: face.image.firstFrameOnly };
  }

  private async ofPerson(scope: TenantScope, id: string, pack: CalibratedPack): Promise<LoadedProbes> {
    const person = isId(id) ? await this.deps.persons.find(scope, id) : null;
    if (!person) throw notFound('person');
    const [faces, rejected] = await Promise.all([
      this.deps.faces.findIndexedByPerson(scope, person.id, pack.embeddingDigest, MAX_PERSON_FACES),
      this.deps.persons.findRejected(scope, person.id),
    ]);
    const own = faces.filter(({ hiddenAs }) => hiddenAs !== 'NOT_A_FACE');
    if (own.length === 0) throw notFound('person with an indexed face of these collections’ model pack');
    const probe = fused(
      pack,
      own.map((face) => ({ ...probeFaceOf(face), embedding: face.vector })),
    );
    const excludedPersonIds = new Set([person.id, ...rejected]);
    return { ...stored([{ ...probe, fusedFaces: [], excludedPersonIds }]), personId: person.id };
  }
}

function probeFaceOf({ boundingBox, landmarks, pose, quality, confidence }: ProbeFace): ProbeFace {
  return { boundingBox, landmarks, pose, quality, confidence };
}

/** Several faces of one person as one, the better ones counting for more; the best of them is shown. */
function fused(pack: CalibratedPack, faces: readonly FaceWithEmbedding[]): Omit<Probe, 'fusedFaces'> {
  const weighted = faces.map((face) => ({ face, vector: face.embedding, weight: Math.max(1, qualityScore(face)) }));
  const [best] = [...weighted].sort((a, b) => b.weight - a.weight);
  const { vector, distanceOf } = fuseVectors(pack.metric, weighted);
  return { shown: probeFaceOf(best!.face), reasons: [], embedding: vector, distanceOf };
}

function toldOf(images: readonly AnalyzedProbe[]): Omit<LoadedProbes, 'probes'> {
  const sum = (of: (image: AnalyzedProbe) => number): number => images.reduce((total, one) => total + of(one), 0);
  return {
    digests: images.map(({ sha256 }) => sha256),
    firstFrameOnly: images.some(({ firstFrameOnly }) => firstFrameOnly),
    decodeMs: sum(({ timings }) => timings.decode),
    analysisMs: sum(({ timings: { decode: _decode, ...stages } }) =>
      Object.values(stages).reduce((total, ms) => total + ms, 0),
    ),
  };
}

function stored(probes: readonly Probe[]): LoadedProbes {
  return { probes, digests: [], firstFrameOnly: false, decodeMs: 0, analysisMs: 0 };
}

/** @throws DomainError NO_FACE_FOUND, AMBIGUOUS_FACE. */
function theFaceOf(image: AnalyzedProbe, i: number, takesLargest: boolean): FaceWithEmbedding {
  try {
    const face = largestFaceOf(image, 'it');
    const candidates = findCandidates(image);
    if (takesLargest || candidates.length < 2) return face;
    throw new DomainError(
      'AMBIGUOUS_FACE',
      `${candidates.length} faces of it may be meant. Send one that shows the person alone, or search with onAmbiguous: LARGEST.`,
      { details: { boxes: candidates.map(({ boundingBox }) => boundingBox) } },
    );
  } catch (error) {
    throw namingImage(error, i);
  }
}

/** The same error, which says of which of `images` it is. */
function namingImage(error: unknown, i: number): unknown {
  if (!(error instanceof DomainError) || error.code === 'BAD_USER_INPUT') return error;
  const { code, message, retryable, details } = error;
  const path = `images[${i}]`;
  return new DomainError(code, `${path}: ${message}`, { retryable, cause: error, details: { ...details, path } });
}
