import { MAX_SUPPORTING_FACES } from './search-scoring';

interface NearFace {
  readonly vectorKey: bigint;
  readonly distance: number;
}

/** What an answer shows of a person, and the face that is searched for, which does not find itself. */
const FACES_EACH = 1 + MAX_SUPPORTING_FACES + 1;

/** The nearest faces of the persons nearest to one probe: as much as an answer can show, however many faces are looked at. */
export class NearestPersons {
  /** Nearest face first. */
  private readonly facesOf = new Map<string, NearFace[]>();

  /** @param limit persons that are answered. */
  constructor(private readonly limit: number) {}

  /** The faces of one person come one after another: who has been left out must not come back with a nearer one. */
  add(personId: string, vectorKey: bigint, distance: number): void {
    const faces = this.facesOf.get(personId);
    if (!faces) {
      if (this.facesOf.size > 2 * this.limit) this.leaveFarther();
      this.facesOf.set(personId, [{ vectorKey, distance }]);
      return;
    }
    if (faces.length === FACES_EACH && distance >= faces.at(-1)!.distance) return;
    const place = faces.findIndex((face) => distance < face.distance);
    faces.splice(place < 0 ? faces.length : place, 0, { vectorKey, distance });
    if (faces.length > FACES_EACH) faces.pop();
  }

  /** The nearest face of each person, nearest first, then the second ones, and so on: where all is too much, nobody is missed. */
  keys(): bigint[] {
    this.leaveFarther();
    const lists = [...this.facesOf.values()];
    return Array.from({ length: FACES_EACH }, (_, rank) =>
      lists
        .flatMap((faces) => faces[rank] ?? [])
        .sort((a, b) => a.distance - b.distance)
        .map(({ vectorKey }) => vectorKey),
    ).flat();
  }

  private leaveFarther(): void {
    const byDistance = [...this.facesOf].sort(([, [a]], [, [b]]) => a!.distance - b!.distance);
    // One more: the probe's own face may be all that somebody has.
    for (const [personId] of byDistance.slice(this.limit + 1)) this.facesOf.delete(personId);
  }
}
