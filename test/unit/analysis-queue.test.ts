import type { AnalysisPriority } from '../../src/ports/face-analyzer';
import { AnalysisQueue, type PendingAnalysis } from '../../workers/inference/analysis-queue';

let nextId = 1;
function pending(party: string, priority: AnalysisPriority, packId = 'one@1'): PendingAnalysis {
  return {
    job: {
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
    enqueuedAtMs: 0,
    deaths: 0,
    resolve: () => undefined,
    reject: () => undefined,
  };
}

describe('what waits for an analysis', () => {
  it('takes turns by party in both classes', () => {
    const queue = new AnalysisQueue();
    for (const priority of ['INTERACTIVE', 'BULK'] as const) {
      for (let n = 0; n < 6; n += 1) queue.push(pending('a', priority));
      for (let n = 0; n < 2; n += 1) queue.push(pending('b', priority));
    }
    const searches = Array.from({ length: 4 }, () => queue.takeInteractive()?.party);
    expect(searches).toEqual(['a', 'b', 'a', 'b']);
    expect(queue.takeBulk(4, 1).map(({ party }) => party)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('knows how many would be answered before one more', () => {
    const queue = new AnalysisQueue();
    for (let n = 0; n < 100; n += 1) queue.push(pending('a', 'INTERACTIVE'));
    expect(queue.aheadOf('INTERACTIVE', 'a')).toBe(100);
    expect(queue.aheadOf('INTERACTIVE', 'b')).toBe(1);
    queue.push(pending('b', 'INTERACTIVE'));
    expect(queue.aheadOf('INTERACTIVE', 'b')).toBe(3);
  });

  it('counts bytes by party, and those of nobody who waits no more', () => {
    const queue = new AnalysisQueue();
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
    const queue = new AnalysisQueue();
    for (const packId of ['one@1', 'one@1', 'two@1']) queue.push(pending('a', 'BULK', packId));
    const suspect = pending('b', 'BULK');
    queue.putBack(suspect);
    expect(queue.hasSuspect).toBe(true);
    expect(queue.takeBulk(4, 1).map(({ job }) => job.packId)).toEqual(['one@1', 'one@1']);
    expect(queue.takeSuspect()).toBe(suspect);
    expect(queue.takeBulk(4, 1)).toHaveLength(1);
    expect(queue.takeAll()).toEqual([]);
  });
});
