import type { BoundingBox } from '../domain/geometry';

/** One face of the searched picture and what was said of it. */
export interface Finding {
  readonly number: number;
  readonly boundingBox: BoundingBox;
  /** null: unknown. */
  readonly match: { readonly name: string; readonly similarity: number; readonly cropUrl: string } | null;
}

export interface Report {
  readonly title: string;
  readonly pack: string;
  readonly threshold: number;
  readonly gallerySize: number;
  readonly estimatedFpir: number;
  readonly findings: readonly Finding[];
}

export const HIT_COLOUR = '#1a7f37';
export const UNKNOWN_COLOUR = '#9a6700';

/** The answer as a table for a terminal. */
export function tableOf(report: Report): string {
  const rows = report.findings.map(({ number, match }) => [
    String(number),
    match ? match.name : 'unknown',
    match ? match.similarity.toFixed(1) : '-',
  ]);
  const head = ['face', 'person', 'similarity'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const dataUri = (bytes: Uint8Array): string => `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`;

/**
 * One self-contained page; no key and no address is in it.
 * @param crops the matched stored faces, by the finding's number.
 */
export function pageOf(report: Report, picture: Uint8Array, crops: ReadonlyMap<number, Uint8Array>): string {
  const rows = report.findings
    .map(({ number, match }) => {
      const crop = crops.get(number);
      const colour = match ? HIT_COLOUR : UNKNOWN_COLOUR;
      return `<tr>
        <td><span class="number" style="background:${colour}">${number}</span></td>
        <td>${match ? escapeHtml(match.name) : '<em>unknown</em>'}</td>
        <td class="figure">${match ? match.similarity.toFixed(1) : '&ndash;'}</td>
        <td>${crop ? `<img class="crop" src="${dataUri(crop)}" alt="the stored face that matched">` : ''}</td>
      </tr>`;
    })
    .join('');
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
  img.picture { width: 100%; border-radius: .5rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .5rem; border-bottom: 1px solid #d1d9e0; }
  .figure { font-variant-numeric: tabular-nums; text-align: right; }
  .number { color: #fff; border-radius: .25rem; padding: .1rem .5rem; font-weight: 600; }
  .crop { width: 4rem; height: 4rem; object-fit: cover; border-radius: .25rem; display: block; }
  p.small { color: #59636e; font-size: .9rem; }
</style>
</head>
<body>
<h1>${escapeHtml(report.title)}</h1>
<main>
<img class="picture" src="${dataUri(picture)}" alt="the searched picture with its faces numbered">
<section>
<table>
<thead><tr><th>Face</th><th>Person</th><th class="figure">Similarity</th><th>Best match</th></tr></thead>
<tbody>${rows}</tbody>
</table>
<p class="small">Pack ${escapeHtml(report.pack)}. A match needs a similarity of ${report.threshold.toFixed(1)} of 100 in this
gallery of ${report.gallerySize} faces; a stranger would get one about ${(report.estimatedFpir * 100).toFixed(1)} times in 100.</p>
</section>
</main>
</body>
</html>
`;
}
