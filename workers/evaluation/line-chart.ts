/** One axis of a chart. */
export interface Axis {
  readonly label: string;
  readonly scale: 'LINEAR' | 'LOG';
  /** What is shown; for LOG both above 0. */
  readonly range: readonly [from: number, to: number];
}

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** At most {@link COLOURS}. */
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [640, 440];
const PLOT = { left: 78, top: 46, right: 616, bottom: 378 };
/** Ticks that a linear axis has about. */
const TICKS = 6;
/** Of a line, on white and on black paper. */
const COLOURS = [
  ['#2563a8', '#6fa3dc'],
  ['#b4541a', '#e39a63'],
  ['#3a8050', '#67b481'],
  ['#7a4fa3', '#b493d6'],
] as const;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (letter) => escapes[letter]!);
const pixel = (value: number): string => String(Math.round(value * 10) / 10);

/** Where a value lies on an axis, 0-1. What lies before a logarithm's beginning lies at it. */
function placeOn({ scale, range: [from, to] }: Axis, value: number): number {
  if (scale === 'LINEAR') return (value - from) / (to - from);
  return Math.log(Math.max(value, from) / from) / Math.log(to / from);
}

/** Powers of ten, or round steps. */
function ticksOf({ scale, range: [from, to] }: Axis): number[] {
  if (scale === 'LOG') {
    const first = Math.ceil(Math.log10(from) - 1e-9);
    const last = Math.floor(Math.log10(to) + 1e-9);
    return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
  }
  const rough = (to - from) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough)!;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** .001 as it is, 1e-4 short. */
const tickLabel = (tick: number): string => (tick > 0 && tick < 1e-3 ? tick.toExponential() : String(tick));

/**
 * Lines in a pair of axes, as an SVG that follows the reader's light or dark page.
 *
 * @throws Error when there are more lines than colours.
 */
export function drawLineChart({ title, x, y, lines }: LineChart): string {
  if (lines.length > COLOURS.length) throw new Error(`A chart has at most ${COLOURS.length} lines.`);
  const across = (value: number): number => PLOT.left + placeOn(x, value) * (PLOT.right - PLOT.left);
  const up = (value: number): number => PLOT.bottom - placeOn(y, value) * (PLOT.bottom - PLOT.top);
  const style = (dark: 0 | 1): string => COLOURS.map((pair, i) => `.l${i} { stroke: ${pair[dark]}; }`).join(' ');
  const grid = [
    ...ticksOf(x).flatMap((tick) => [
      `<path class="grid" d="M${pixel(across(tick))} ${PLOT.top}V${PLOT.bottom}"/>`,
      `<text x="${pixel(across(tick))}" y="${PLOT.bottom + 18}" text-anchor="middle">${tickLabel(tick)}</text>`,
    ]),
    ...ticksOf(y).flatMap((tick) => [
      `<path class="grid" d="M${PLOT.left} ${pixel(up(tick))}H${PLOT.right}"/>`,
      `<text x="${PLOT.left - 8}" y="${pixel(up(tick) + 4)}" text-anchor="end">${tickLabel(tick)}</text>`,
    ]),
  ];
  const drawn = lines.map(({ points }, i) => {
    const places = points.map(([px, py]) => `${pixel(across(px))} ${pixel(up(py))}`);
    // What falls on the same spot is drawn once.
    const path = places.filter((place, at) => place !== places[at - 1]).join('L');
    return path === '' ? '' : `<path class="line l${i}" d="M${path}"/>`;
  });
  const legend = lines.flatMap(({ label }, i) => [
    `<path class="line l${i}" d="M${PLOT.left + 10 + i * 265} 434h22"/>`,
    `<text x="${PLOT.left + 38 + i * 265}" y="438">${escape(label)}</text>`,
  ]);
  const middle = (PLOT.top + PLOT.bottom) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + (lines.length > 1 ? 10 : 0)}" role="img" aria-labelledby="title">`,
    `<title id="title">${escape(title)}</title>`,
    '<style>',
    'text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1b2733; } .title { font-size: 15px; font-weight: 600; }',
    `.page { fill: #fff; } .grid { stroke: #d5dce4; } .line { fill: none; stroke-width: 2; } ${style(0)}`,
    `@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .page { fill: #0d1117; } .grid { stroke: #30363d; } ${style(1)} }`,
    '</style>',
    `<clipPath id="plot"><rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${PLOT.bottom - PLOT.top}"/></clipPath>`,
    '<rect class="page" width="100%" height="100%"/>',
    `<text class="title" x="${PLOT.left}" y="26">${escape(title)}</text>`,
    ...grid,
    `<g clip-path="url(#plot)">${drawn.join('')}</g>`,
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 38}" text-anchor="middle">${escape(x.label)}</text>`,
    `<text transform="translate(20 ${middle}) rotate(-90)" text-anchor="middle">${escape(y.label)}</text>`,
    ...(lines.length > 1 ? legend : []),
    '</svg>',
    '',
  ].join('\n');
}
