import type { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import type { AnalyzedFace } from '../../src/ports/face-analyzer';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { everyFace, startAnalyzer } from '../fixtures/analyzer';
import { cutOut, partyPhoto } from '../fixtures/photos';

/** The woman at the left of the third photograph. */
const BOX = { left: 0.309, top: 0.247, width: 0.108, height: 0.155 };

// Some of it fills all cores, which other suites use, too.
jest.setTimeout(180_000);

describe('the threads of the analyzer', () => {
  const started: Worker[] = [];
  const warnings: string[] = [];
  let killEveryThread = false;
  let analyzer: ThreadedFaceAnalyzer;
  let portrait: Buffer;

  beforeAll(async () => {
    portrait = await cutOut(partyPhoto(3), BOX);
    analyzer = await startAnalyzer(['bundled'], {
      onWarning: (message) => warnings.push(message),
      onThreadStart: (thread) => {
        started.push(thread);
        if (!killEveryThread) return;
        thread.once('message', () => setImmediate(() => void thread.terminate()));
      },
    });
  }, 120_000);

  afterAll(() => analyzer?.close());

  const bulk = (count: number, signal?: AbortSignal): Promise<readonly AnalyzedFace[]>[] =>
    Array.from(
      { length: count },
      async () => (await analyzer.analyze(everyFace(analyzer, portrait, { signal }))).faces,
    );

  it('lets a search pass enrolment that came before it', async () => {
    const order: string[] = [];
    const waiting = bulk(16).map((promise) => promise.then(() => order.push('BULK')));
    const search = analyzer
      .analyze(everyFace(analyzer, portrait, { priority: 'INTERACTIVE' }))
      .then(() => order.push('INTERACTIVE'));
    await Promise.all([search, ...waiting]);
    expect(order.indexOf('INTERACTIVE')).toBeLessThanOrEqual(4);
    expect(order).toHaveLength(17);
  });

  it('does searches while an enrolment waits for its image to be decoded', async () => {
    const large = await sharp(portrait).resize(7_800, 7_800, { fit: 'fill' }).jpeg({ progressive: true }).toBuffer();
    let isOver = false;
    const enrolment = analyzer.analyze(everyFace(analyzer, large)).then(() => (isOver = true));
    let searches = 0;
    while (!isOver) {
      await analyzer.analyze(everyFace(analyzer, portrait, { priority: 'INTERACTIVE' }));
      searches += 1;
    }
    await enrolment;
    expect(searches).toBeGreaterThan(6);
  });

  it('gives enrolment its share while searches come without end', async () => {
    let over = false;
    let searches = 0;
    const endless = Array.from({ length: 8 }, async () => {
      while (!over) {
        await analyzer.analyze(everyFace(analyzer, portrait, { priority: 'INTERACTIVE', party: 'searcher' }));
        searches += 1;
      }
    });
    await Promise.all(bulk(24));
    over = true;
    await Promise.all(endless);
    // Of the time, not of the images: a search is about as much work as an enrolment.
    expect(searches).toBeGreaterThan(12);
    expect(searches).toBeLessThan(24 * 4);
  });

  it('lets the first image of a party pass the batches of another', async () => {
    const order: string[] = [];
    const waiting = bulk(24).map((promise) => promise.then(() => order.push('many')));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const one = analyzer.analyze(everyFace(analyzer, portrait, { party: 'one' })).then(() => order.push('one'));
    await Promise.all([one, ...waiting]);
    expect(order.indexOf('one')).toBeLessThanOrEqual(10);
  });

  it('refuses at once a search that would wait past its deadline behind others of its party', async () => {
    const search = (party: string) =>
      analyzer.analyze(
        everyFace(analyzer, portrait, { priority: 'INTERACTIVE', party, deadlineMs: Date.now() + 2_000 }),
      );
    await search('a');
    const many = Array.from({ length: 300 }, () =>
      search('a').then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    await expect(search('b')).resolves.toMatchObject({ faces: [{}] });
    const refused = (await Promise.all(many)).filter((error) => error !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    // On a busy machine some of those that were let in were too late.
    const atOnce = { code: 'RATE_LIMITED', details: { retryAfterMs: expect.any(Number) } };
    expect(refused).toContainEqual(expect.objectContaining(atOnce));
  });

  it('refuses what waited past its deadline, and does the rest', async () => {
    const work = bulk(8);
    const late = analyzer.analyze(everyFace(analyzer, portrait, { deadlineMs: Date.now() + 5 }));
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
    const past = analyzer.analyze(everyFace(analyzer, portrait, { deadlineMs: Date.now() - 1 }));
    await expect(past).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect((await Promise.all(work)).every((faces) => faces.length === 1)).toBe(true);
  });

  it('forgets what its caller gave up, waiting or under way, and does the rest', async () => {
    const abort = new AbortController();
    const given = bulk(6, abort.signal);
    const kept = bulk(2);
    abort.abort();
    for (const promise of given) await expect(promise).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect((await Promise.all(kept)).map((faces) => faces.length)).toEqual([1, 1]);
    const already = analyzer.analyze(everyFace(analyzer, portrait, { signal: abort.signal }));
    await expect(already).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('does a dead thread’s work again in a new one', async () => {
    const work = bulk(6);
    await started.at(-1)!.terminate();
    expect((await Promise.all(work)).map((faces) => faces.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(warnings.join()).toMatch(/thread died/);
  });

  it('gives an image up that two threads died with, and serves the next', async () => {
    killEveryThread = true;
    const doomed = bulk(1)[0]!;
    await started.at(-1)!.terminate();
    await expect(doomed).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    killEveryThread = false;
    expect(await bulk(1)[0]!).toHaveLength(1);
  });

  it('refuses more than it can hold', async () => {
    const small = await startAnalyzer(['bundled'], { maxQueuedBytes: portrait.length * 2.5 });
    try {
      const work = Array.from({ length: 12 }, () => small.analyze(everyFace(small, portrait)));
      const answers = await Promise.allSettled(work);
      const refused = answers.filter((answer) => answer.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    } finally {
      await small.close();
    }
  });

  it('holds no more pixels of large images than it has room for, and does them all', async () => {
    const large = await sharp(portrait).resize(2_100, 2_000, { fit: 'fill' }).jpeg().toBuffer();
    const narrow = await startAnalyzer(['bundled'], { threads: 2, maxPixelsInFlight: 9_000_000 });
    const seen: number[] = [];
    const timer = setInterval(() => seen.push(narrow.pixelsInFlight), 5);
    try {
      const work = ['a', 'b'].flatMap((party) =>
        Array.from({ length: 4 }, () => narrow.analyze(everyFace(narrow, large, { party }))),
      );
      const small = narrow.analyze(everyFace(narrow, portrait, { party: 'c' }));
      expect((await Promise.all([...work, small])).map(({ faces }) => faces.length)).toEqual(Array(9).fill(1));
    } finally {
      clearInterval(timer);
    }
    expect(Math.max(...seen)).toBe(8_400_000);
    expect(narrow.pixelsInFlight).toBe(0);
    await narrow.close();
  });

  it('finishes what has begun and refuses the rest when it closes', async () => {
    const closing = await startAnalyzer(['bundled']);
    const work = Array.from({ length: 10 }, () => closing.analyze(everyFace(closing, portrait)));
    const settled = Promise.allSettled(work);
    await closing.close();
    const answers = await settled;
    expect(answers[0]!.status).toBe('fulfilled');
    expect(answers.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'DEPENDENCY_UNAVAILABLE' } });
    await expect(closing.analyze(everyFace(closing, portrait))).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
  });

  it('says which pack does not serve and why, and serves the others', async () => {
    const heard: string[] = [];
    const partial = await startAnalyzer(['no-such-pack', 'bundled'], { onWarning: (message) => heard.push(message) });
    expect(partial.packs().map(({ name }) => name)).toEqual(['bundled']);
    expect(heard.join()).toMatch(/no-such-pack does not serve/);
    await partial.close();
    await expect(startAnalyzer(['no-such-pack'])).rejects.toThrow(/No recognition pack can serve/);
  });
});
