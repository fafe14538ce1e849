import { setTimeout as delay } from 'node:timers/promises';
import type { LikenessClient } from '@likeness/client';
import type { ServerProcess } from './server-process';

const VIEWER = '{ viewer { keyName } }';
const PAUSE_MS = 10;

/** What a tenant's `{viewer}` took, and what the server did meanwhile. */
export interface Turn {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Longest stall of the event loop. */
  readonly stallMs: number;
  readonly rssGrowthMb: number;
  readonly peakRssMb: number;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Calls `{viewer}` one after the other, for so many seconds or until a promise is settled. */
export async function timeViewer(
  server: ServerProcess,
  victim: LikenessClient,
  until: number | Promise<unknown>,
): Promise<Turn> {
  const before = server.ownRssMb();
  server.resetPeaks();
  const took: number[] = [];
  let over = false;
  const end = typeof until === 'number' ? delay(until * 1_000) : until;
  const ended = end.finally(() => (over = true));
  while (!over) {
    const start = performance.now();
    await victim.request(VIEWER);
    took.push(performance.now() - start);
    await delay(PAUSE_MS);
  }
  await ended;
  took.sort((a, b) => a - b);
  const at = (share: number): number => round(took[Math.min(took.length - 1, Math.floor(took.length * share))]!);
  const { longestStallMs } = await server.readProbe();
  const peak = server.peakOwnRssMb();
  return {
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    longestMs: at(1),
    stallMs: round(longestStallMs),
    rssGrowthMb: Math.round(peak - before),
    peakRssMb: Math.round(peak),
  };
}
