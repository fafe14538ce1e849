import fc from 'fast-check';
import { DomainError } from '../../src/domain/errors';
import type { TenantScope } from '../../src/domain/tenant-scope';
import type { CurationService } from '../../src/modules/curation/curation.service';
import type { FaceAdditionService } from '../../src/modules/curation/face-addition.service';
import { PersonStore } from '../../src/modules/persons/person.store';
import { createTestAdditions, createTestCuration, enrollScripted, whoIsWho } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let curation: CurationService;
let additions: FaceAdditionService;
let persons: PersonStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  curation = createTestCuration(db);
  additions = createTestAdditions(db, world);
  persons = new PersonStore(db.database);
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

/** What a curator does, by places in the lists of what is there. */
type Step =
  | { readonly do: 'merge'; readonly into: number; readonly from: number }
  | { readonly do: 'name'; readonly faces: readonly number[]; readonly person: number }
  | { readonly do: 'create'; readonly faces: readonly number[]; readonly externalId: string | null }
  | { readonly do: 'split'; readonly face: number; readonly into: number }
  | { readonly do: 'unassign'; readonly faces: readonly number[] }
  | { readonly do: 'hide'; readonly face: number; readonly as: 'NOT_A_FACE' | 'STRANGER' | null }
  | { readonly do: 'rejectMatch'; readonly face: number; readonly person: number }
  | { readonly do: 'addFace'; readonly image: number; readonly at: number }
  | { readonly do: 'rejectMerge'; readonly one: number; readonly other: number }
  | { readonly do: 'update'; readonly person: number; readonly name: string; readonly externalId: string | null };

const place = fc.nat({ max: 20 });
const places = fc.uniqueArray(place, { minLength: 1, maxLength: 3 });
const externalId = fc.constantFrom('x', 'y', 'z', null);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('merge' as const), into: place, from: place }),
  fc.record({ do: fc.constant('name' as const), faces: places, person: place }),
  fc.record({ do: fc.constant('create' as const), faces: places, externalId }),
  fc.record({ do: fc.constant('split' as const), face: place, into: place }),
  fc.record({ do: fc.constant('unassign' as const), faces: places }),
  fc.record({
    do: fc.constant('hide' as const),
    face: place,
    as: fc.constantFrom('NOT_A_FACE' as const, 'STRANGER' as const, null),
  }),
  fc.record({ do: fc.constant('rejectMatch' as const), face: place, person: place }),
  fc.record({ do: fc.constant('addFace' as const), image: fc.nat({ max: 1 }), at: fc.nat({ max: 8 }) }),
  fc.record({ do: fc.constant('rejectMerge' as const), one: place, other: place }),
  fc.record({ do: fc.constant('update' as const), person: place, name: fc.constantFrom('A', 'Zoë', 'C'), externalId }),
);

/** A collection with four persons, eight faces and two images of two faces each. */
class Gallery {
  private constructor(
    readonly scope: TenantScope,
    readonly collectionId: string,
    private readonly personIds: string[],
    private readonly faceIds: string[],
    private readonly imageIds: readonly string[],
  ) {}

  static async open(): Promise<Gallery> {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const personIds: string[] = [];
    for (const displayName of ['Ada', 'Bea', 'Cyd', 'Dot']) {
      const person = { collectionId, displayName, externalId: displayName, metadata: { is: displayName } };
      personIds.push((await persons.create(scope, person)).id);
    }
    const images = [1, 2, 3, 4].map((face) => ({ faces: [face], bare: true, person: { id: personIds[face % 4]! } }));
    const faceIds = await enrollScripted(world, scope, collectionId, [...images, { faces: [5, 6] }, { faces: [7, 8] }]);
    const stored = await db.database.read(scope, (tx) => tx.image.findMany({ orderBy: { id: 'asc' }, take: 2 }));
    return new Gallery(
      scope,
      collectionId,
      personIds,
      faceIds.flat(),
      stored.map(({ id }) => id),
    );
  }

  state(): Promise<string> {
    return whoIsWho(world, this.scope, this.collectionId);
  }

  /** Persons, and the collection, whose number of faces is not that of their indexed faces. */
  miscounted(): Promise<unknown[]> {
    return db.database.read(
      this.scope,
      (tx) => tx.$queryRaw<unknown[]>`
        SELECT p.id, p.face_count, count(f.id) FROM persons p LEFT JOIN faces f ON f.person_id = p.id AND f.state = 'INDEXED'
         GROUP BY p.id HAVING p.face_count <> count(f.id)
         UNION ALL
        SELECT c.id, c.face_count, count(f.id) FROM collections c LEFT JOIN faces f ON f.collection_id = c.id AND f.state = 'INDEXED'
         GROUP BY c.id HAVING c.face_count <> count(f.id)`,
    );
  }

  undo(operationId: string, partial = false) {
    return curation.undo(this.scope, operationId, partial, 'r');
  }

  /** @returns the operation; null when it was refused, or changed nothing. */
  async take(one: Step): Promise<string | null> {
    try {
      return await this.carryOut(one);
    } catch (error) {
      if (error instanceof DomainError && ['CONFLICT', 'BAD_USER_INPUT', 'NOT_FOUND'].includes(error.code)) return null;
      throw error;
    }
  }

  private person(at: number): string {
    return this.personIds[at % this.personIds.length]!;
  }

  private faces(at: readonly number[]): string[] {
    return [...new Set(at.map((one) => this.faceIds[one % this.faceIds.length]!))];
  }

  private async carryOut(one: Step): Promise<string | null> {
    const { scope } = this;
    switch (one.do) {
      case 'merge': {
        const [personId, mergedIds] = [this.person(one.into), [this.person(one.from)]];
        const merge = { personId, mergedIds, evenIfRejected: true, requestId: 'r' };
        return (await curation.merge(scope, merge)).operationId;
      }
      case 'name': {
        const person = { id: this.person(one.person) };
        return (await curation.name(scope, this.faces(one.faces), person, 'HUMAN', 'r')).operationId;
      }
      case 'create': {
        const create = { displayName: 'New', externalId: one.externalId, metadata: {} };
        const named = await curation.name(scope, this.faces(one.faces), { create }, 'SUGGESTION', 'r');
        this.personIds.push(named.personId);
        return named.operationId;
      }
      case 'split': {
        const [faceId] = this.faces([one.face]);
        const face = await db.database.read(scope, (tx) => tx.face.findUniqueOrThrow({ where: { id: faceId! } }));
        if (face.personId === null) return null;
        const into = { id: this.person(one.into) };
        return (await curation.split(scope, face.personId, [faceId!], into, 'r')).operationId;
      }
      case 'unassign':
        return (await curation.unassign(scope, this.faces(one.faces), 'r'))[0] ?? null;
      case 'hide':
        return (await curation.hide(scope, this.faces([one.face]), one.as, 'r'))[0] ?? null;
      case 'rejectMatch':
        return curation.rejectMatch(scope, this.faces([one.face]), this.person(one.person), 'r');
      case 'addFace': {
        const box = { left: 0.1 * one.at, top: 0.6, width: 0.1, height: 0.2 };
        const added = await additions.add(scope, this.imageIds[one.image]!, box, 'r');
        this.faceIds.push(added.faceId);
        return added.operationId;
      }
      case 'rejectMerge':
        return curation.rejectMerge(scope, this.person(one.one), this.person(one.other), 'r');
      case 'update': {
        const changes = { displayName: one.name, externalId: one.externalId };
        return persons.update(scope, this.person(one.person), changes, 'r');
      }
    }
  }
}

test('undoing everything restores the first state byte for byte, and redoing everything the last one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const gallery = await Gallery.open();
      const first = await gallery.state();
      const operations: string[] = [];
      for (const one of steps) {
        const operation = await gallery.take(one);
        if (operation !== null) operations.push(operation);
      }
      const last = await gallery.state();
      const undos: string[] = [];
      for (const id of [...operations].reverse()) undos.push((await gallery.undo(id)).operationId);
      expect(await gallery.state()).toBe(first);
      expect(await gallery.miscounted()).toEqual([]);
      for (const id of [...undos].reverse()) await gallery.undo(id);
      expect(await gallery.state()).toBe(last);
    }),
    { numRuns: 25 },
  );
}, 300_000);

test('undoing in any order, beside deletions, either does all of it or refuses and changes nothing', async () => {
  const plan = fc.record({
    steps: fc.array(step, { minLength: 2, maxLength: 8 }),
    order: fc.array(place, { minLength: 1, maxLength: 8 }),
    deleted: fc.option(place),
    partial: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ steps, order, deleted, partial }) => {
      const gallery = await Gallery.open();
      const operations: string[] = [];
      for (const one of steps) {
        const operation = await gallery.take(one);
        if (operation !== null) operations.push(operation);
      }
      if (operations.length === 0) return;
      if (deleted !== null) {
        const found = await persons.list(gallery.scope, gallery.collectionId, {}, { first: 9 });
        const one = found[deleted % Math.max(1, found.length)];
        if (one) await persons.delete(gallery.scope, [one.id], { keepFaces: false, requestId: 'r' });
      }
      for (const at of order) {
        const before = await gallery.state();
        try {
          const { operationId, skipped } = await gallery.undo(operations[at % operations.length]!, partial);
          if (!partial) expect(skipped).toEqual([]);
          if (skipped.length > 0) continue;
          await gallery.undo(operationId);
          expect(await gallery.state()).toBe(before);
          await gallery.undo(operations[at % operations.length]!);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFLICT', details: { reason: expect.any(String) } });
          expect(await gallery.state()).toBe(before);
        }
      }
      const { personCount, persons: listed } = JSON.parse(await gallery.state());
      expect(personCount).toBe(listed.filter((one: { mergedIntoId: unknown }) => one.mergedIntoId === null).length);
      expect(await gallery.miscounted()).toEqual([]);
    }),
    { numRuns: 25 },
  );
}, 300_000);
