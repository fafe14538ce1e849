import path from 'node:path';
import { printable } from '../container/printable';
import type { BoundingBox } from '../domain/geometry';
import type { Enrolment } from './enrolment';
import type { DemoImages, GalleryImage } from './gallery';

/** One face of the searched image and what was said of it. */
export interface Finding {
  readonly number: number;
  readonly boundingBox: BoundingBox;
  /** null: unknown. */
  readonly match: { readonly name: string; readonly similarity: number; readonly cropUrl: string } | null;
}

export interface SearchedImage {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Empty: there is no face in it. */
  readonly findings: readonly Finding[];
}

export interface Report {
  readonly title: string;
  readonly pack: string;
  readonly threshold: number;
  readonly gallerySize: number;
  readonly estimatedFpir: number;
  readonly searched: readonly SearchedImage[];
}

export const HIT_COLOUR = '#1a7f37';
export const UNKNOWN_COLOUR = '#9a6700';

/** Sentences are longer than a rule below a head needs to be. */
const MAX_RULE = 40;

/** Columns as wide as they have to be, under a head. */
function columns(head: readonly string[], texts: readonly (readonly string[])[]): string {
  const rows = texts.map((cells) => cells.map(printable));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(Math.min(width, MAX_RULE)))), ...rows.map(line)].join('\n');
}

/** The answer for one image as a table for a terminal. */
export function tableOf({ file, findings }: SearchedImage): string {
  if (findings.length === 0) return `There is no face in ${printable(path.basename(file))}.`;
  return columns(
    ['face', 'person', 'similarity'],
    findings.map(({ number, match }) => [
      String(number),
      match ? match.name : 'unknown',
      match ? match.similarity.toFixed(1) : '-',
    ]),
  );
}

/** What became of the images that were to be enrolled: person by person, then each that was not, with its reason. */
export function enrolmentTable(
  { refused, skipped }: DemoImages,
  { indexed, known, refused: failed }: Enrolment,
): string {
  const notIndexed = [...failed, ...refused];
  const people = new Map<string, { indexed: number; known: number; refused: number }>();
  const count = (image: GalleryImage, what: 'indexed' | 'known' | 'refused'): void => {
    const name = image.person ?? image.label;
    const counts = people.get(name) ?? { indexed: 0, known: 0, refused: 0 };
    people.set(name, { ...counts, [what]: counts[what] + 1 });
  };
  for (const image of indexed) count(image, 'indexed');
  for (const image of known) count(image, 'known');
  for (const { image } of failed) count(image, 'refused');
  const total = `${indexed.length} indexed, ${known.length} were there already, ${notIndexed.length} not indexed`;
  if (notIndexed.length === 0 && skipped.size === 0) return total;
  const rows = [...people].map(([name, one]) => [name, String(one.indexed), String(one.known), String(one.refused)]);
  const kinds = [...skipped].map(([kind, files]) => `${files} ${printable(kind)}`).join(', ');
  return [
    '',
    columns(['person', 'indexed', 'there already', 'not indexed'], rows),
    ...(notIndexed.length > 0
      ? [
          '',
          columns(
            ['not indexed', 'why'],
            notIndexed.map(({ shown, reason }) => [shown, reason]),
          ),
        ]
      : []),
    ...(kinds ? ['', `Skipped, being no images: ${kinds}`] : []),
    '',
    total,
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const dataUri = (bytes: Uint8Array): string => `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`;

/** A searched image as the page shows it. */
export interface ShownImage {
  readonly searched: SearchedImage;
  /** With its faces marked. */
  readonly image: Uint8Array;
  /** The matched stored faces, by the finding's number. */
  readonly crops: ReadonlyMap<number, Uint8Array>;
}

function sectionOf({ searched, image, crops }: ShownImage): string {
  const rows = searched.findings.map(({ number, match }) => {
    const crop = crops.get(number);
    const colour = match ? HIT_COLOUR : UNKNOWN_COLOUR;
    return `<tr>
        <td><span class="number" style="background:${colour}">${number}</span></td>
        <td>${match ? escapeHtml(match.name) : '<em>unknown</em>'}</td>
        <td class="figure">${match ? match.similarity.toFixed(1) : '&ndash;'}</td>
        <td>${crop ? `<img class="crop" src="${dataUri(crop)}" alt="the stored face that matched">` : ''}</td>
      </tr>`;
  });
  const table = `<table>
<thead><tr><th>Face</th><th>Person</th><th class="figure">Similarity</th><th>Best match</th></tr></thead>
<tbody>${rows.join('')}</tbody>
</table>`;
  return `<main>
<img class="image" src="${dataUri(image)}" alt="the searched image with its faces numbered">
<section>
<h2>${escapeHtml(path.basename(searched.file))}</h2>
${rows.length > 0 ? table : '<p>There is no face in this image.</p>'}
</section>
</main>`;
}

/** One self-contained page; no key and no address is in it. */
export function pageOf(report: Report, images: readonly ShownImage[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(report.title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1f2328; }
  main { display: grid; gap: 2rem; grid-template-columns: minmax(0, 3fr) minmax(18rem, 2fr); align-items: start; }
  @media (max-width: 50rem) { main { grid-template-columns: 1fr; } }
  img.image { width: 100%; border-radius: .5rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .5rem; border-bottom: 1px solid #d1d9e0; }
  .figure { font-variant-numeric: tabular-nums; text-align: right; }
  .number { color: #fff; border-radius: .25rem; padding: .1rem .5rem; font-weight: 600; }
  .crop { width: 4rem; height: 4rem; object-fit: cover; border-radius: .25rem; display: block; }
  main + main { border-top: 1px solid #d1d9e0; margin-top: 2rem; padding-top: 2rem; }
  p.small { color: #59636e; font-size: .9rem; }
</style>
</head>
<body>
<h1>${escapeHtml(report.title)}</h1>
${images.map(sectionOf).join('\n')}
<p class="small">Pack ${escapeHtml(report.pack)}. A match needs a similarity of ${report.threshold.toFixed(1)} of 100 in this
gallery of ${report.gallerySize} faces; a stranger would get one about ${(report.estimatedFpir * 100).toFixed(1)} times in 100.</p>
</body>
</html>
`;
}
