import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { xmpOf } from '../../packages/cli/src/moving/xmp';
import { isHere } from '../fixtures/needs';

const hasExiftool = isHere(
  spawnSync('exiftool', ['-ver']).status === 0,
  'The sidecars are not read by exiftool: it is not installed (Debian: libimage-exiftool-perl)',
);

const FACES = [
  { boundingBox: { left: 0.1, top: 0.2, width: 0.2, height: 0.3 }, name: 'Zoë "Z" <Novak> & \u0001 \u{1f600}' },
  { boundingBox: { left: 0.75, top: 0.5, width: 0.25, height: 0.5 }, name: undefined },
];

(hasExiftool ? describe : describe.skip)('a sidecar', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-xmp-'));
    writeFileSync(path.join(folder, 'a.xmp'), xmpOf(640, 480, FACES));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (file: string) => {
    const { stdout, stderr } = spawnSync('exiftool', ['-j', '-struct', '-n', path.join(folder, file)]);
    if (String(stderr) !== '') throw new Error(String(stderr));
    return JSON.parse(String(stdout))[0];
  };
  const REGIONS = {
    AppliedToDimensions: { W: 640, H: 480, Unit: 'pixel' },
    RegionList: [
      {
        Area: { X: 0.2, Y: 0.35, W: 0.2, H: 0.3, Unit: 'normalized' },
        Name: 'Zoë "Z" <Novak> & \ufffd \u{1f600}',
        Type: 'Face',
      },
      { Area: { X: 0.875, Y: 0.75, W: 0.25, H: 0.5, Unit: 'normalized' }, Type: 'Face' },
    ],
  };

  test('is read by exiftool: areas by their centres, names whatever is in them', () => {
    expect(read('a.xmp')).toMatchObject({ RegionInfo: REGIONS, Orientation: 1 });
  });
});
