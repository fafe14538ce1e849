import type { Detection } from './detection';
import type { RgbImage } from './image';
import type { Quarter } from './turned-view';

/** A copy of an image, turned back by `quarter` turns: what lies turned clockwise by so many in it comes upright. */
export function turnImage({ data: source, width, height }: RgbImage, quarter: Quarter): RgbImage {
  const data = new Uint8Array(source.length);
  const size = quarter % 2 === 0 ? { width, height } : { width: height, height: width };
  let to = 0;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, to += 3) {
      const [column, row] = back(x, y, quarter, width - 1, height - 1);
      const from = (row * width + column) * 3;
      data[to] = source[from]!;
      data[to + 1] = source[from + 1]!;
      data[to + 2] = source[from + 2]!;
    }
  }
  return { data, ...size };
}

/** Where a point of the turned image lies in the image whose far corner is (`right`, `bottom`). */
function back(x: number, y: number, quarter: Quarter, right: number, bottom: number): readonly [number, number] {
  if (quarter === 1) return [right - y, x];
  if (quarter === 2) return [right - x, bottom - y];
  return quarter === 3 ? [y, bottom - x] : [x, y];
}

/**
 * A detection in an image that was turned back by `quarter` turns, brought into the image.
 *
 * @param size of the image before it was turned.
 * @param scale pixels of the whole image per pixel of that one.
 */
export function turnDetection(
  { box, roll, score, points }: Detection,
  quarter: Quarter,
  size: { readonly width: number; readonly height: number },
  scale: number,
): Detection {
  const place = (px: number, py: number): readonly [number, number] => {
    const [x, y] = back(px, py, quarter, size.width, size.height);
    return [x * scale, y * scale];
  };
  const [cx, cy] = place(box.x + box.width / 2, box.y + box.height / 2);
  const [width, height] = [box.width * scale, box.height * scale];
  const moved: number[] = [];
  for (let i = 0; points !== undefined && i < points.length; i += 2) moved.push(...place(points[i]!, points[i + 1]!));
  return {
    box: { x: cx - width / 2, y: cy - height / 2, width, height },
    roll: roll + 90 * quarter,
    score,
    ...(points === undefined ? {} : { points: moved }),
  };
}
