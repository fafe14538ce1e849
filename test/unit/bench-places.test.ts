import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { benchPlaces } from '../../bench/bench-analyzer';
import { locatePacks } from '../../workers/inference/pack-registry';

describe('where a bench looks for model files', () => {
  const before = process.env.LIKENESS_MODELS_DIR;
  let cacheFolder: string;

  beforeEach(() => (cacheFolder = mkdtempSync(path.join(tmpdir(), 'likeness-bench-places-'))));
  afterEach(() => {
    rmSync(cacheFolder, { recursive: true });
    if (before === undefined) delete process.env.LIKENESS_MODELS_DIR;
    else process.env.LIKENESS_MODELS_DIR = before;
  });

  it('is the folder of the setting', () => {
    process.env.LIKENESS_MODELS_DIR = cacheFolder;
    expect(benchPlaces().modelsFolders).toEqual([cacheFolder]);
  });

  it('is no other folder without it, and what to do is said', async () => {
    delete process.env.LIKENESS_MODELS_DIR;
    const places = benchPlaces();
    expect(places.modelsFolders).toEqual([]);
    const { packs, failures } = await locatePacks(['yunet-reid0095'], { ...places, cacheFolder }, 'recognition');
    expect(packs).toEqual([]);
    expect(failures[0]!.reason).toMatch(/npm run models -- pull yunet-reid0095, or .*LIKENESS_MODELS_DIR/);
  });
});
