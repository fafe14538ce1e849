import type { AnalysisPriority } from '../../src/ports/face-analyzer';
import { AnalysisQueue, type PendingAnalysis } from '../../workers/inference/analysis-queue';
import { PixelRoom } from '../../workers/inference/pixel-room';

let nextId = 1;
function pending(party: string, priority: AnalysisPriority, packId = 'one@1', megapixels = 1): PendingAnalysis {
  return {
    job: {
      kind: 'FACES',
      id: nextId++,
      packId,
      image: new Uint8Array(10),
      maxFaces: 1,
      keep: 'LARGEST',
      qualityFilter: 'NONE',
      embed: true,
      clean: false,
    },
    party,
    priority,
    pixels: megapixels * 1_000_000,
    enqueuedAtMs: 0,
    deaths: 0,
    resolve: () => undefined,
    reject: () => undefined,
  };
}

describe('what waits for an analysis', () => {
  it('takes turns by party in both classes', () => {
    const queue = new AnalysisQueue(new PixelRoom(100_000_000));
    for (const priority of ['INTERACTIVE', 'BULK'] as const) {
      for (let n = 0; n < 6; n += 1) queue.push(pending('a', priority));
      for (let n = 0; n < 2; n += 1) queue.push(pending('b', priority));
    }
    const searches = Array.from({ length: 4 }, () => queue.takeInteractive()?.party);
    expect(searches).toEqual(['a', 'b', 'a', 'b']);
    expect(queue.takeBulk(4, 1).map(({ party }) => party)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('knows how many would be answered before one more', () => {
    const queue = new AnalysisQueue(new PixelRoom(100_000_000));
    for (let n = 0; n < 100; n += 1) queue.push(pending('a', 'INTERACTIVE'));
    expect(queue.aheadOf('INTERACTIVE', 'a')).toBe(100);
    expect(queue.aheadOf('INTERACTIVE', 'b')).toBe(1);
    queue.push(pending('b', 'INTERACTIVE'));
    expect(queue.aheadOf('INTERACTIVE', 'b')).toBe(3);
  });

  it('counts bytes by party, and those of nobody who waits no more', () => {
    const queue = new AnalysisQueue(new PixelRoom(100_000_000));
    const [a, b] = [pending('a', 'BULK'), pending('b', 'BULK')];
    queue.push(a);
    queue.push(b);
    expect([queue.bytesOf('BULK'), queue.bytesOf('BULK', 'a'), queue.bytesOf('INTERACTIVE')]).toEqual([20, 10, 0]);
    expect(queue.remove(a)).toBe(true);
    expect(queue.remove(a)).toBe(false);
    queue.takeBulk(4, 1);
    expect(queue.bytesOf('BULK')).toBe(0);
  });

  it('keeps images of two packs, and those that a thread died with, out of one batch', () => {
    const queue = new AnalysisQueue(new PixelRoom(100_000_000));
    for (const packId of ['one@1', 'one@1', 'two@1']) queue.push(pending('a', 'BULK', packId));
    const suspect = pending('b', 'BULK');
    queue.putBack(suspect);
    expect(queue.hasSuspect).toBe(true);
    expect(queue.takeBulk(4, 1).map(({ job }) => job.packId)).toEqual(['one@1', 'one@1']);
    expect(queue.takeSuspect()).toBe(suspect);
    expect(queue.takeBulk(4, 1)).toHaveLength(1);
    expect(queue.takeAll()).toEqual([]);
  });

  describe('with room for 100 megapixels', () => {
    const sized = (megapixels: number, party = 'a', priority: AnalysisPriority = 'BULK') =>
      pending(party, priority, 'one@1', megapixels);
    function queueOf(...waiting: PendingAnalysis[]) {
      const room = new PixelRoom(100_000_000);
      const queue = new AnalysisQueue(room);
      for (const one of waiting) queue.push(one);
      return { room, queue };
    }

    it('gives threads no more than that, and goes on as they answer', () => {
      const large = [sized(60), sized(40), sized(30)];
      const { room, queue } = queueOf(...large);
      expect(queue.takeBulk(4, 1)).toEqual(large.slice(0, 2));
      expect(room.held).toBe(100_000_000);
      expect(queue.takeBulk(4, 1)).toEqual([]);
      room.give(large[1]!);
      expect(queue.takeBulk(4, 1)).toEqual(large.slice(2));
    });

    it('lets an image that is larger go alone', () => {
      const [huge, next] = [sized(500), sized(10)];
      const { room, queue } = queueOf(huge, next);
      expect(queue.takeBulk(4, 1)).toEqual([huge]);
      room.give(huge);
      expect(queue.takeBulk(4, 1)).toEqual([next]);
      room.give(next);
      expect(room.held).toBe(0);
    });

    it('lets small images pass those that wait for room, and none of middle size', () => {
      const { room, queue } = queueOf(sized(90), sized(64));
      const [held] = queue.takeBulk(4, 1);
      expect(queue.takeBulk(4, 1)).toEqual([]);
      const [small, search, middle] = [sized(2, 'b'), sized(2, 'c', 'INTERACTIVE'), sized(8, 'd')];
      for (const one of [small, search, middle]) queue.push(one);
      expect(queue.takeInteractive()).toBe(search);
      expect(queue.takeBulk(4, 1)).toEqual([small]);
      room.give(held!);
      expect(queue.takeBulk(4, 1).map(({ pixels }) => pixels)).toEqual([64_000_000, 8_000_000]);
    });

    it('gives room in turns to enrolment and to searches, however many of either wait', () => {
      const { room, queue } = queueOf();
      for (let n = 0; n < 3; n += 1) {
        queue.push(sized(64, 'a', 'INTERACTIVE'));
        queue.push(sized(64, 'b'));
      }
      const order: string[] = [];
      for (let n = 0; n < 6; n += 1) {
        // As threads are given images: searches are asked for first.
        const taken = [queue.takeInteractive(), ...queue.takeBulk(4, 1)].filter((one) => one !== undefined);
        order.push(...taken.map(({ priority }) => priority));
        for (const one of taken) room.give(one);
      }
      expect(order).toEqual(['INTERACTIVE', 'BULK', 'INTERACTIVE', 'BULK', 'INTERACTIVE', 'BULK']);
    });

    it('waits for nobody who has left, and holds no room for one that a thread died with', () => {
      const { room, queue } = queueOf(sized(90), sized(64));
      const [held] = queue.takeBulk(4, 1);
      const [gone, next] = [sized(64, 'c'), sized(8, 'd')];
      queue.push(gone);
      queue.push(next);
      expect(queue.takeBulk(4, 1)).toEqual([]);
      room.give(held!);
      queue.putBack(held!);
      expect(room.held).toBe(0);
      for (const one of queue.takeAll()) expect(room.admits(one)).toBe(true);
    });
  });
});
