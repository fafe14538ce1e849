import { fromTile, planTiles } from '../../workers/pipeline/tiles';

const STEP = 32;
const LIMITS = { onePiece: 1600 * 1600, longest: 960 };
const at = (x: number, y: number, side: number) => ({
  box: { x: x - side / 2, y: y - side / 2, width: side, height: side },
  roll: 0,
  score: 0.9,
  points: [x, y],
});

describe('tiles', () => {
  it.each([
    [250, 250, 1],
    [640, 480, 1],
    [3000, 80, 1],
    [4608, 3072, 0.5],
    [1920, 1280, 0.83],
    [16000, 4000, 0.25],
    [16000, 900, 0.5],
    [1, 64_000, 0.1],
  ])('cover %i x %i pixels at scale %f, none larger than the bound', (width, height, scale) => {
    const tiles = planTiles({ width, height }, scale, STEP, LIMITS);
    for (const { window, ...input } of tiles) {
      expect(input.width * input.height).toBeLessThanOrEqual(
        tiles.length === 1 ? LIMITS.onePiece : LIMITS.longest ** 2,
      );
      expect([input.width % STEP, input.height % STEP]).toEqual([0, 0]);
      expect(window.x).toBeGreaterThanOrEqual(0);
      expect(window.y).toBeGreaterThanOrEqual(0);
      expect(window.x + window.width).toBeLessThan(width + 1e-6);
      expect(window.y + window.height).toBeLessThan(height + 1e-6);
    }
    for (let i = 0; i <= 40; i++) {
      const [x, y] = [(i * 17 * width) / 680, (i * 23 * height) / 920];
      const isShown = tiles.some(
        ({ window }) =>
          x >= window.x && x <= window.x + window.width + 1e-6 && y >= window.y && y <= window.y + window.height + 1e-6,
      );
      expect(isShown).toBe(true);
    }
  });

  it('show whatever is smaller than what they share whole, wherever it lies', () => {
    const image = { width: 4608, height: 3072 };
    const tiles = planTiles(image, 0.5, STEP, LIMITS);
    expect(tiles.length).toBeGreaterThan(1);
    const side = 200;
    for (let x = side / 2; x <= image.width - side / 2; x += 61) {
      for (let y = side / 2; y <= image.height - side / 2; y += 61) {
        const found = tiles.flatMap((tile) => {
          const { window, width, height } = tile;
          const [scaleX, scaleY] = [width / window.width, height / window.height];
          const seen = at((x - window.x) * scaleX, (y - window.y) * scaleY, side * scaleX);
          return fromTile([seen], tile, image);
        });
        expect(found.length).toBeGreaterThan(0);
        expect(found[0]!.points).toEqual([expect.closeTo(x, 4), expect.closeTo(y, 4)]);
      }
    }
  });

  it('leave out what may be a piece of something, not what the image itself cuts', () => {
    const image = { width: 4000, height: 900 };
    const [first, second, ...rest] = planTiles(image, 1, STEP, LIMITS);
    const last = rest.at(-1)!;
    expect(fromTile([at(first!.width - 20, 200, 60)], first!, image)).toEqual([]);
    expect(fromTile([at(20, 200, 60)], second!, image)).toEqual([]);
    expect(fromTile([at(20, 200, 60)], first!, image)).toHaveLength(1);
    expect(fromTile([at(last.width - 20, last.height - 20, 60)], last, image)).toHaveLength(1);
  });
});
