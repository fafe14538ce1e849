import type { Metric } from '../../src/domain/calibration';
import { newId } from '../../src/domain/ids';
import type { KeyPage, VectorHit, VectorIndex, VectorIndexOp } from '../../src/ports/vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { clustered, exactNeighbours, randomVectors, seeded } from '../fixtures/vectors';

export interface VectorIndexHarness {
  /** A new adapter on the same data as the one before it (which has been closed). */
  reopen(): Promise<VectorIndex>;
  readonly index: VectorIndex;
  /** Closes and removes everything. */
  dispose(): Promise<void>;
}

/** The smallest share of the true nearest neighbours that an engine must find. */
const MIN_RECALL = 0.98;

/** What every VectorIndex promises; `start` is called once for the whole suite. */
export function describeVectorIndex(name: string, start: () => Promise<VectorIndexHarness>): void {
  describe(`${name} as a VectorIndex`, () => {
    let harness: VectorIndexHarness;
    let index: VectorIndex;
    const digest = `contract-${newId()}`;

    beforeAll(async () => {
      harness = await start();
      index = harness.index;
    });

    afterAll(() => harness?.dispose());

    function makeSpace(overrides: Partial<VectorSpace> = {}): VectorSpace {
      return {
        tenantId: newId(),
        collectionId: newId(),
        embeddingDigest: digest,
        dimension: 16,
        metric: 'COSINE',
        ...overrides,
      };
    }

    function upserts(vectors: readonly Float32Array[], firstKey: bigint, firstSeq = 1n): VectorIndexOp[] {
      return vectors.map((vector, i) => ({
        kind: 'UPSERT',
        seq: firstSeq + BigInt(i),
        vectorKey: firstKey + BigInt(i),
        vector,
      }));
    }

    /** Opens a space and fills it; keys are unique across the suite, as they are across the platform. */
    let nextKey = BigInt(Date.now()) * 1_000n;
    async function fill(space: VectorSpace, vectors: readonly Float32Array[]): Promise<bigint> {
      const firstKey = nextKey;
      nextKey += BigInt(vectors.length) + 1_000n;
      await index.open(space);
      for (let i = 0; i < vectors.length; i += 1_000) {
        const page = vectors.slice(i, i + 1_000);
        await index.apply(space, upserts(page, firstKey + BigInt(i), BigInt(i + 1)), BigInt(i + page.length));
      }
      return firstKey;
    }

    async function keysNear(space: VectorSpace, probe: Float32Array, k: number): Promise<bigint[]> {
      const [hits] = await index.search(space, [probe], k);
      return hits!.map((hit) => hit.vectorKey);
    }

    test('answers ping', async () => {
      await expect(index.ping()).resolves.toBeUndefined();
    });

    test('opens a new space empty, as often as asked', async () => {
      const space = makeSpace();
      expect(await index.open(space)).toBe(0n);
      expect(await index.open(space)).toBe(0n);
      expect(await index.stats(space)).toMatchObject({ count: 0, watermark: 0n });
      expect(await index.search(space, randomVectors(2, 16, seeded(1)), 5)).toEqual([[], []]);
    });

    test.each<Metric>(['COSINE', 'EUCLIDEAN'])('ranks by %s and answers its distance', async (metric) => {
      const space = makeSpace({ metric });
      const vectors = randomVectors(50, 16, seeded(2), metric === 'COSINE');
      const firstKey = await fill(space, vectors);
      const probe = randomVectors(1, 16, seeded(3), metric === 'COSINE')[0]!;
      const [hits] = await index.search(space, [probe], 5);
      const truth = exactNeighbours(vectors, probe, 5, metric);
      expect(hits!.map((hit) => hit.vectorKey)).toEqual(truth.map(({ row }) => firstKey + BigInt(row)));
      hits!.forEach((hit, i) => expect(hit.distance).toBeCloseTo(truth[i]!.distance, 3));
      expect(hits!.every((hit) => hit.tenantId === space.tenantId && hit.collectionId === space.collectionId)).toBe(
        true,
      );
    });

    test('finds a stored vector at distance 0', async () => {
      for (const metric of ['COSINE', 'EUCLIDEAN'] as const) {
        const space = makeSpace({ metric });
        const vectors = randomVectors(5, 16, seeded(4));
        const firstKey = await fill(space, vectors);
        const [hits] = await index.search(space, [vectors[3]!], 1);
        expect(hits![0]!.vectorKey).toBe(firstKey + 3n);
        expect(hits![0]!.distance).toBeLessThan(2e-3);
      }
    });

    test('answers fewer when the space holds fewer', async () => {
      const space = makeSpace();
      const vectors = randomVectors(7, 16, seeded(5));
      await fill(space, vectors);
      expect(await keysNear(space, vectors[0]!, 1_024)).toHaveLength(7);
    });

    test('answers each probe of a batch as if it were alone', async () => {
      const space = makeSpace();
      const vectors = randomVectors(200, 16, seeded(6));
      await fill(space, vectors);
      const probes = randomVectors(20, 16, seeded(7));
      const together = await index.search(space, probes, 4);
      expect(together).toHaveLength(20);
      for (const [i, probe] of probes.entries()) {
        expect(together[i]!.map((hit) => hit.vectorKey)).toEqual(await keysNear(space, probe, 4));
      }
      expect(await index.search(space, [], 4)).toEqual([]);
    });

    test('sees an upsert at once, and replaces the vector of a key', async () => {
      const space = makeSpace();
      const [first, second] = randomVectors(2, 16, seeded(8)) as [Float32Array, Float32Array];
      const key = await fill(space, [first]);
      await index.apply(space, [{ kind: 'UPSERT', seq: 2n, vectorKey: key, vector: second }], 2n);
      const [hits] = await index.search(space, [second], 10);
      expect(hits!.map((hit) => hit.vectorKey)).toEqual([key]);
      expect(hits![0]!.distance).toBeLessThan(2e-3);
      expect(await index.stats(space)).toMatchObject({ count: 1, watermark: 2n });
    });

    test('never answers with a deleted vector, from the moment apply resolves', async () => {
      const space = makeSpace();
      const vectors = randomVectors(60, 16, seeded(9));
      const firstKey = await fill(space, vectors);
      for (let i = 0; i < 30; i++) {
        const vectorKey = firstKey + BigInt(i);
        await index.apply(space, [{ kind: 'DELETE', seq: BigInt(61 + i), vectorKey }], BigInt(61 + i));
        expect(await keysNear(space, vectors[i]!, 60)).not.toContain(vectorKey);
      }
      const found = await keysNear(space, vectors[0]!, 60);
      expect(found).toHaveLength(30);
      expect(await index.stats(space)).toMatchObject({ count: 30, watermark: 90n });
    });

    test('brings a deleted key back with a later upsert only', async () => {
      const space = makeSpace();
      const [vector] = randomVectors(1, 16, seeded(10)) as [Float32Array];
      const vectorKey = await fill(space, [vector]);
      await index.apply(space, [{ kind: 'DELETE', seq: 2n, vectorKey }], 2n);
      await index.apply(space, [{ kind: 'UPSERT', seq: 1n, vectorKey, vector }], 2n);
      expect(await keysNear(space, vector, 1)).toEqual([]);
      await index.apply(space, [{ kind: 'UPSERT', seq: 3n, vectorKey, vector }], 3n);
      expect(await keysNear(space, vector, 1)).toEqual([vectorKey]);
    });

    test('applies several ops of one key in their order', async () => {
      const space = makeSpace();
      const [first, second] = randomVectors(2, 16, seeded(11)) as [Float32Array, Float32Array];
      await index.open(space);
      const a = nextKey++;
      const b = nextKey++;
      const ops: VectorIndexOp[] = [
        { kind: 'UPSERT', seq: 1n, vectorKey: a, vector: first },
        { kind: 'DELETE', seq: 2n, vectorKey: a },
        { kind: 'UPSERT', seq: 3n, vectorKey: b, vector: first },
        { kind: 'DELETE', seq: 4n, vectorKey: b },
        { kind: 'UPSERT', seq: 5n, vectorKey: b, vector: second },
        { kind: 'DELETE', seq: 6n, vectorKey: nextKey++ },
      ];
      await index.apply(space, ops, 6n);
      const [hits] = await index.search(space, [second], 10);
      expect(hits!.map((hit) => hit.vectorKey)).toEqual([b]);
      expect(hits![0]!.distance).toBeLessThan(2e-3);
    });

    test('changes nothing when ops are applied again', async () => {
      const space = makeSpace();
      const vectors = randomVectors(40, 16, seeded(12));
      const firstKey = await fill(space, vectors);
      const deletions: VectorIndexOp[] = [{ kind: 'DELETE', seq: 41n, vectorKey: firstKey }];
      await index.apply(space, deletions, 45n);
      const before = await index.search(space, vectors, 5);
      await index.apply(space, [...upserts(vectors, firstKey), ...deletions], 45n);
      expect(await index.search(space, vectors, 5)).toEqual(before);
      expect(await index.stats(space)).toMatchObject({ count: 39, watermark: 45n });
    });

    test('moves the watermark without ops, and never back', async () => {
      const space = makeSpace();
      await index.open(space);
      await index.apply(space, [], 12n);
      await index.apply(space, [], 3n);
      expect(await index.open(space)).toBe(12n);
    });

    test('keeps tenants, collections and dimensions apart', async () => {
      const here = makeSpace();
      const vectors = randomVectors(30, 16, seeded(13));
      const otherTenant = makeSpace();
      const otherCollection = makeSpace({ tenantId: here.tenantId });
      const sameCollectionId = makeSpace({ collectionId: here.collectionId });
      const wider = makeSpace({ ...here, embeddingDigest: `${digest}-wide`, dimension: 24 });
      const spaces = [here, otherTenant, otherCollection, sameCollectionId];
      const firstKeys = new Map<VectorSpace, bigint>();
      for (const space of spaces) firstKeys.set(space, await fill(space, vectors));
      const wideKey = await fill(wider, randomVectors(3, 24, seeded(14)));
      for (const space of spaces) {
        for (const hits of await index.search(space, vectors.slice(0, 10), 100)) {
          expect(hits).toHaveLength(30);
          for (const hit of hits) {
            expect([hit.tenantId, hit.collectionId]).toEqual([space.tenantId, space.collectionId]);
            const offset = hit.vectorKey - firstKeys.get(space)!;
            expect(offset >= 0n && offset < 30n).toBe(true);
          }
        }
      }
      expect((await keysNear(wider, randomVectors(1, 24, seeded(14))[0]!, 10))[0]).toBe(wideKey);
      await index.reset(here);
      await index.drop(otherCollection);
      expect(await keysNear(otherTenant, vectors[0]!, 100)).toHaveLength(30);
      expect(await keysNear(sameCollectionId, vectors[0]!, 100)).toHaveLength(30);
      expect(await keysNear(wider, randomVectors(1, 24, seeded(15))[0]!, 100)).toHaveLength(3);
    });

    test('empties a space with reset, which can then be filled from the first op', async () => {
      const space = makeSpace();
      const vectors = randomVectors(10, 16, seeded(16));
      const firstKey = await fill(space, vectors);
      await index.reset(space);
      expect(await index.open(space)).toBe(0n);
      expect(await keysNear(space, vectors[0]!, 10)).toEqual([]);
      expect(await index.stats(space)).toMatchObject({ count: 0, watermark: 0n });
      await index.apply(space, upserts(vectors, firstKey), 10n);
      expect(await keysNear(space, vectors[0]!, 10)).toHaveLength(10);
    });

    test('is built from vectors alone, and goes on after the number that it is given at the end', async () => {
      const space = makeSpace();
      const vectors = randomVectors(12, 16, seeded(23));
      const firstKey = await fill(space, vectors.slice(0, 2));
      await index.reset(space);
      const loaded = vectors.slice(1, 11).map((vector, i) => ({ vectorKey: firstKey + BigInt(i + 1), vector }));
      await index.load(space, loaded.slice(0, 6));
      await index.load(space, loaded.slice(4));
      expect(await index.open(space)).toBe(0n);
      await index.apply(space, [], 40n);
      expect(await index.stats(space)).toMatchObject({ count: 10, watermark: 40n });
      const ops: VectorIndexOp[] = [
        { kind: 'DELETE', seq: 41n, vectorKey: firstKey + 1n },
        { kind: 'UPSERT', seq: 42n, vectorKey: firstKey + 11n, vector: vectors[11]! },
      ];
      await index.apply(space, ops, 42n);
      expect(await keysNear(space, vectors[1]!, 20)).not.toContain(firstKey + 1n);
      expect((await keysNear(space, vectors[11]!, 1))[0]).toBe(firstKey + 11n);
      await expect(
        index.load(space, [{ vectorKey: firstKey, vector: randomVectors(1, 8, seeded(24))[0]! }]),
      ).rejects.toThrow(TypeError);
    });

    test('lists every key it holds page by page, and tells which vector is under it', async () => {
      const space = makeSpace();
      const vectors = randomVectors(130, 16, seeded(26));
      const twins = [vectors[7]!, vectors[7]!, vectors[7]!];
      const firstKey = await fill(space, [...vectors, ...twins]);
      await fill(makeSpace({ tenantId: space.tenantId }), vectors.slice(0, 5));
      const gone = [firstKey, firstKey + 129n, firstKey + 131n];
      await index.remove(space, [...gone, nextKey]);
      await index.remove(space, []);

      const listed: bigint[] = [];
      for (let from: bigint | null = 0n, pages = 0; from !== null; pages += 1) {
        expect(pages).toBeLessThan(20);
        const page: KeyPage = await index.listKeys(space, from, 20);
        expect(page.keys.length).toBeLessThanOrEqual(24);
        listed.push(...page.keys);
        from = page.next;
      }
      const expected = Array.from({ length: 133 }, (_, i) => firstKey + BigInt(i)).filter((key) => !gone.includes(key));
      expect(listed.sort((a, b) => (a < b ? -1 : 1))).toEqual(expected);
      expect(await index.stats(space)).toMatchObject({ count: 130, watermark: 133n });
      expect(await keysNear(space, vectors[0]!, 200)).not.toContain(firstKey);

      const kept = await index.read(space, [firstKey, firstKey + 1n, firstKey + 130n, nextKey]);
      const byKey = new Map(kept.map((one) => [one.vectorKey, one]));
      expect([...byKey.keys()].sort()).toEqual([firstKey + 1n, firstKey + 130n]);
      expect(byKey.get(firstKey + 1n)!.matches(vectors[1]!)).toBe(true);
      expect(byKey.get(firstKey + 1n)!.matches(vectors[2]!)).toBe(false);
      expect(byKey.get(firstKey + 130n)!.matches(vectors[7]!)).toBe(true);
      const empty = makeSpace();
      await index.open(empty);
      expect(await index.listKeys(empty, 0n, 20)).toEqual({ keys: [], next: null });
      expect(await index.read(empty, [firstKey + 1n])).toEqual([]);
    });

    test('promises no more to be durable than what it would begin with', async () => {
      const space = makeSpace();
      expect(await index.durableSeq(space)).toBe(0n);
      await fill(space, randomVectors(5, 16, seeded(25)));
      expect(await index.durableSeq(space)).toBeLessThanOrEqual(5n);
      await index.reset(space);
      expect(await index.durableSeq(space)).toBe(0n);
    });

    test('drops a space, as often as asked', async () => {
      const space = makeSpace();
      await fill(space, randomVectors(10, 16, seeded(17)));
      await index.drop(space);
      await index.drop(space);
      await index.drop(makeSpace());
      expect(await index.open(space)).toBe(0n);
      expect(await index.stats(space)).toMatchObject({ count: 0 });
    });

    test.each<Metric>(['COSINE', 'EUCLIDEAN'])('finds the true neighbours among 5,000 by %s', async (metric) => {
      const space = makeSpace({ metric, dimension: 64, embeddingDigest: `${digest}-64` });
      const vectors = clustered(5_000, 64, 10, seeded(18));
      const firstKey = await fill(space, vectors);
      expect((await index.stats(space)).count).toBe(5_000);
      const probes = clustered(60, 64, 1, seeded(19)).slice(0, 20).concat(vectors.slice(100, 120));
      const answers = await index.search(space, probes, 10);
      let found = 0;
      probes.forEach((probe, i) => {
        const truth = exactNeighbours(vectors, probe, 10, metric).map(({ row }) => firstKey + BigInt(row));
        const keys = new Set(answers[i]!.map((hit) => hit.vectorKey));
        found += truth.filter((key) => keys.has(key)).length;
      });
      expect(found / (probes.length * 10)).toBeGreaterThanOrEqual(MIN_RECALL);
    });

    test('does not let 200 equal vectors hide the others', async () => {
      const space = makeSpace();
      const [twin, ...others] = randomVectors(41, 16, seeded(20)) as [Float32Array, ...Float32Array[]];
      const vectors = [...Array.from({ length: 200 }, () => twin), ...others];
      const firstKey = await fill(space, vectors);
      expect(await keysNear(space, twin, 240)).toHaveLength(240);
      expect(new Set(await keysNear(space, twin, 200)).size).toBe(200);
      for (const [i, other] of others.entries()) {
        expect((await keysNear(space, other, 3))[0]).toBe(firstKey + 200n + BigInt(i));
      }
      const deletions = Array.from({ length: 150 }, (_, i): VectorIndexOp => {
        return { kind: 'DELETE', seq: BigInt(241 + i), vectorKey: firstKey + BigInt(i) };
      });
      await index.apply(space, deletions, 390n);
      const left = await keysNear(space, twin, 240);
      expect(left).toHaveLength(90);
      expect(left.every((key) => key >= firstKey + 150n)).toBe(true);
    });

    describe('refuses', () => {
      const good = randomVectors(1, 16, seeded(21))[0]!;
      const bad: [string, Float32Array][] = [
        ['another dimension', randomVectors(1, 8, seeded(22))[0]!],
        ['NaN', good.map((value, i) => (i === 3 ? NaN : value))],
        ['infinity', good.map((value, i) => (i === 3 ? Infinity : value))],
        ['zero', new Float32Array(16)],
        ['an overflow of half precision', good.map((value, i) => (i === 3 ? 1e6 : value))],
        ['a length other than 1', good.map((value) => value * 2)],
      ];

      test.each(bad)('a vector with %s', async (_, vector) => {
        const space = makeSpace();
        await index.open(space);
        await expect(index.search(space, [vector], 3)).rejects.toThrow(TypeError);
        const op: VectorIndexOp = { kind: 'UPSERT', seq: 1n, vectorKey: nextKey++, vector };
        await expect(index.apply(space, [op], 1n)).rejects.toThrow(TypeError);
        expect(await index.stats(space)).toMatchObject({ count: 0, watermark: 0n });
      });

      test.each([0, -1, 1.5, 1_025, NaN])('k = %p', async (k) => {
        const space = makeSpace();
        await index.open(space);
        await expect(index.search(space, [good], k)).rejects.toThrow(TypeError);
      });

      test('keys below 1, ops out of order, and ops above the watermark', async () => {
        const space = makeSpace();
        await index.open(space);
        const op = (seq: bigint, vectorKey: bigint): VectorIndexOp => ({
          kind: 'UPSERT',
          seq,
          vectorKey,
          vector: good,
        });
        await expect(index.apply(space, [op(1n, 0n)], 1n)).rejects.toThrow(TypeError);
        await expect(index.apply(space, [op(2n, nextKey++), op(1n, nextKey++)], 2n)).rejects.toThrow(TypeError);
        await expect(index.apply(space, [op(2n, nextKey++)], 1n)).rejects.toThrow(TypeError);
        expect(await index.stats(space)).toMatchObject({ count: 0, watermark: 0n });
      });

      test.each([`x" || tenantId != "`, '', '../../etc', 'A0000000-0000-7000-8000-000000000000'])(
        'the id %p',
        async (id) => {
          const space = makeSpace();
          await expect(index.open({ ...space, tenantId: id })).rejects.toThrow(TypeError);
          await expect(index.search({ ...space, collectionId: id }, [good], 1)).rejects.toThrow(TypeError);
          await expect(index.drop({ ...space, collectionId: id })).rejects.toThrow(TypeError);
        },
      );
    });

    test('answers searches while ops are applied, each with a state that was', async () => {
      const space = makeSpace();
      const vectors = randomVectors(300, 16, seeded(23));
      const firstKey = await fill(space, vectors.slice(0, 100));
      const applying = (async () => {
        for (let i = 100; i < 300; i += 10) {
          const page = upserts(vectors.slice(i, i + 10), firstKey + BigInt(i), BigInt(i + 1));
          await index.apply(space, page, BigInt(i + 10));
        }
      })();
      for (let i = 0; i < 30; i++) {
        const keys = await keysNear(space, vectors[i]!, 400);
        expect(keys[0]).toBe(firstKey + BigInt(i));
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.length).toBeGreaterThanOrEqual(100);
      }
      await applying;
      expect(await keysNear(space, vectors[0]!, 400)).toHaveLength(300);
    });

    test('has everything after it was closed and opened again', async () => {
      const space = makeSpace();
      const vectors = randomVectors(30, 16, seeded(24));
      const firstKey = await fill(space, vectors);
      await index.apply(space, [{ kind: 'DELETE', seq: 31n, vectorKey: firstKey }], 31n);
      const before = await index.search(space, vectors, 5);
      await index.close();
      await expect(index.ping()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      index = await harness.reopen();
      const watermark = await index.open(space);
      expect(watermark).toBeLessThanOrEqual(31n);
      const replay: VectorIndexOp[] = [
        ...upserts(vectors.slice(1), firstKey + 1n, 2n),
        { kind: 'DELETE', seq: 31n, vectorKey: firstKey },
      ];
      await index.apply(
        space,
        replay.filter((op) => op.seq > watermark),
        31n,
      );
      // Distances are approximate, and an engine may keep a vector more coarsely than it did at first.
      const about = (hits: VectorHit[][]) =>
        hits.map((list) => list.map((hit) => ({ ...hit, distance: expect.closeTo(hit.distance, 2) as number })));
      expect(await index.search(space, vectors, 5)).toEqual(about(before));
      expect(await index.stats(space)).toMatchObject({ count: 29, watermark: 31n });
    });
  });
}
