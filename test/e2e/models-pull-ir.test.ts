import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PackManifest } from '../../workers/inference/pack-manifest';
import { putOwnPack } from '../factories/own-pack';
import { everyFace, hasLocalModels, localModel, startAnalyzer, testPlaces } from '../fixtures/analyzer';
import { FileServer } from '../fixtures/file-server';
import { partyPhoto } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { runOnnx, waves } from '../fixtures/run-onnx';
import { suiteWhere } from '../fixtures/needs';

const NET = 'landmarks-regression-retail-0009';
const SAME_POINTS = 1e-4;

const hasModels = hasLocalModels('pulling a net that is published as OpenVINO IR');
suiteWhere(hasModels)('npm run models -- pull, of a net that is published as OpenVINO IR', () => {
  jest.setTimeout(120_000);
  const files = hasModels
    ? ['xml', 'bin'].map((ending) => ({
        name: `${NET}.${ending}`,
        bytes: readFileSync(localModel(`ir/${NET}.${ending}`)),
      }))
    : [];
  let dataDir: string;
  let server: FileServer;

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    server = await FileServer.start(files);
    // The reference pack, but for the conversion that stands in for the published files.
    const change = ({ landmarks }: PackManifest) => ({
      landmarks: {
        ...landmarks,
        model: {
          format: 'openvino-ir' as const,
          runtime: 'onnxruntime' as const,
          files: files.map(({ name, bytes }) => ({
            url: `${server.address}/${name}`,
            bytes: bytes.length,
            sha256: createHash('sha256').update(bytes).digest('hex'),
          })),
        },
      },
    });
    putOwnPack(dataDir, 'published@1', change, 'yunet-reid0095@1');
  });
  afterAll(async () => {
    await server.stop();
    await removeDataFolder(dataDir);
  });

  test('fetches and compiles it, and it gives the points that its ONNX conversion gives', async () => {
    const pulling = PlatformProcess.spawn({ dataDir, command: ['cli/models-command.js', 'pull', 'published'] });
    expect(await pulling.ended).toMatchObject({ code: 0 });
    expect(pulling.output).toMatch(/published@1 serves, on onnxruntime/);
    expect(server.asked).toEqual(files.map(({ name }) => `/${name} 0`));

    const compiled = path.join(dataDir, 'models', 'compiled');
    const [name, ...others] = readdirSync(compiled);
    expect(others).toEqual([]);
    const images = waves([2, 3, 48, 48], 127, 127);
    const pointsOf = (file: string): Float32Array => Object.values(runOnnx(readFileSync(file), [images])[0]!)[0]!.data;
    const given = pointsOf(path.join(compiled, name!));
    const wanted = pointsOf(localModel(`${NET}.onnx`));
    expect(given).toHaveLength(2 * 10);
    given.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(SAME_POINTS));
  });

  test('serves from what was kept, with the points of the reference pack', async () => {
    server.asked = [];
    const places = { ...testPlaces(), cacheFolder: path.join(dataDir, 'models') };
    const packsFolders = [...places.packsFolders, path.join(dataDir, 'packs')];
    const analyzer = await startAnalyzer(['published@1', 'yunet-reid0095@1'], { ...places, packsFolders });
    try {
      const look = (packId: string) => analyzer.analyze(everyFace(analyzer, partyPhoto(3), { packId }));
      const [given, wanted] = [await look('published@1'), await look('yunet-reid0095@1')];
      expect(given.faces).toHaveLength(3);
      given.faces.forEach(({ landmarks, embedding }, i) => {
        for (const [name, { x, y }] of Object.entries(landmarks)) {
          const same = wanted.faces[i]!.landmarks[name as keyof typeof landmarks];
          expect(Math.hypot(x - same.x, y - same.y)).toBeLessThan(SAME_POINTS);
        }
        expect(embedding).toBeDefined();
      });
    } finally {
      await analyzer.close();
    }
    expect(server.asked).toEqual([]);
  });
});
