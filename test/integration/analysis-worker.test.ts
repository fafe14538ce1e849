import type { PendingAnalysis } from '../../workers/inference/analysis-queue';
import { AnalysisWorker } from '../../workers/inference/analysis-worker';
import { packIdOf } from '../../workers/inference/pack-manifest';
import { locatePacks } from '../../workers/inference/pack-registry';
import type { FromThread } from '../../workers/inference/thread-messages';
import { testPlaces } from '../fixtures/analyzer';
import { cutOut, partyPhoto } from '../fixtures/photos';

/** The woman at the left of the third photograph. */
const BOX = { left: 0.309, top: 0.247, width: 0.108, height: 0.155 };

it('loses no search that waits for bulk to have its share when the next batch comes', async () => {
  const { packs } = await locatePacks(['bundled'], testPlaces(), 'recognition');
  const image = await cutOut(partyPhoto(3), BOX);
  const pending = (id: number, priority: PendingAnalysis['priority']): PendingAnalysis => ({
    job: {
      kind: 'FACES',
      id,
      packId: packIdOf(packs[0]!.manifest),
      image,
      maxFaces: 1,
      keep: 'LARGEST',
      qualityFilter: 'NONE',
      embed: true,
      clean: false,
    },
    priority,
    party: '',
    pixels: 0,
    enqueuedAtMs: 0,
    deaths: 0,
    resolve: () => undefined,
    reject: () => undefined,
  });

  const answers: FromThread[] = [];
  let heard = (): void => undefined;
  const worker = new AnalysisWorker(
    // After a search, bulk is owed nine times as long as that took: more than its next step needs.
    { packs, engine: { checksUpright: true }, bulkShare: 0.9 },
    {
      onMessage: (_, message) => {
        answers.push(message);
        heard();
      },
      onExit: () => undefined,
    },
  );
  const hasHeard = (count: number): Promise<void> =>
    new Promise((resolve) => {
      heard = () => answers.length >= count && resolve();
      heard();
    });
  await hasHeard(1);

  worker.bulk([pending(1, 'BULK')]);
  worker.ahead(pending(2, 'INTERACTIVE'));
  worker.ahead(pending(3, 'INTERACTIVE'));
  worker.bulk([pending(4, 'BULK')]);
  await hasHeard(5);
  await worker.close();
  const results = answers.filter((message) => message.kind === 'result').map(({ id }) => id);
  expect(results).toEqual([2, 1, 4, 3]);
});
