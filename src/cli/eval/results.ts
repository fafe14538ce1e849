import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../../../workers/inference/model-store';
import { UsageError } from '../models/context';
import type { EvalContext, SharedOptions } from './context';

export interface Results {
  /** Becomes report.json, and what `--json` names. */
  readonly report: object;
  /** SVG texts by the name of their file. */
  readonly charts: Readonly<Record<string, string>>;
  /** Writes contact sheets into a folder. */
  readonly writeSheets?: (folder: string) => Promise<void>;
}

/** @throws UsageError where the results could not be written in the end: said before anything is worked on. */
export async function checkResultsPlace({ out, sheets }: SharedOptions): Promise<void> {
  if (sheets && out === undefined) throw new UsageError('--sheets wants a folder to write them to: say --out DIR');
  if (out === undefined) return;
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`${out} is no folder that can be read (${error.code}).`);
  });
  if (there.length > 0) throw new UsageError(`${out} has files in it: name a new folder, so that nothing is lost.`);
}

/** Writes what was asked for. The folder is made beside and moved into place: it is there whole or not at all. */
export async function writeResults(
  { print }: EvalContext,
  { out, json, sheets }: SharedOptions,
  { report, charts, writeSheets }: Results,
): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (json !== undefined) await writeWhole(json, Buffer.from(text));
  if (out === undefined) return;
  const target = path.resolve(out);
  await mkdir(path.dirname(target), { recursive: true });
  const stage = await mkdtemp(`${target}.`);
  try {
    await writeFile(path.join(stage, 'report.json'), text);
    for (const [name, chart] of Object.entries(charts)) await writeFile(path.join(stage, name), chart);
    if (sheets) await writeSheets?.(stage);
    await rmdir(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(stage, target);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  print(`Written to ${out}: ${(await readdir(target)).sort().join(', ')}`);
}
