import { fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openTenant } from './bench-tenant';
import { BOMBS } from './hostile-bombs';
import { type FleetOrder, type FleetReport, type STARTED } from './hostile-fleet';
import { measureLargeImages, type ImageFigures } from './hostile-images';
import { timeViewer, type Turn } from './hostile-viewer';
import { measureIdleSubscriptions, type SubscriptionFigures } from './idle-subscriptions';
import type { ServerProcess } from './server-process';
import { withFreshServer } from './fresh-server';

/**
 * `npm run bench:hostile -- [--only TEXT] [--seconds N] [--at-once N] [--subscriptions N] [--no-images]
 * [--json FILE]`: what a tenant's
 * `{viewer}` takes while another sends the worst that it can, in turns with idle; the longest stall of the server's event
 * loop and the growth of its resident memory meanwhile. Then ten images of the largest size at once, and what idle
 * subscriptions cost.
 */

const STALLED_BYTES = 11_900_000;

interface Figures {
  readonly attack: string;
  readonly idle: Turn;
  readonly hostile: Turn;
  /** What the attackers were answered. */
  readonly answers: FleetReport;
}

/** Gives an order. @returns the fleet's answer: that it has begun, or its report once it has stopped. */
function tell<T>(fleet: ChildProcess, order: FleetOrder): Promise<T> {
  return new Promise((resolve) => {
    fleet.once('message', (answer) => resolve(answer as T));
    fleet.send(order);
  });
}

interface Settings {
  readonly only: string;
  readonly seconds: number;
  readonly atOnce: number;
}

async function attackAll(server: ServerProcess, operatorKey: string, settings: Settings): Promise<Figures[]> {
  const { seconds, atOnce } = settings;
  const { likeness: victim } = await openTenant(server.url, operatorKey);
  const { key } = await openTenant(server.url, operatorKey);
  const fleet = fork(path.join(__dirname, 'hostile-fleet.js'));
  const orders: readonly [string, FleetOrder][] = [
    ...BOMBS.map(({ name }): [string, FleetOrder] => [name, { do: 'throw', bomb: name, url: server.url, key, atOnce }]),
    ['100 stalled bodies, no key', { do: 'stall', url: server.url, count: 100, bytes: STALLED_BYTES }],
  ];
  const figures: Figures[] = [];
  await timeViewer(server, victim, seconds);
  try {
    for (const [attack, order] of orders) {
      if (!attack.includes(settings.only)) continue;
      const idle = await timeViewer(server, victim, seconds / 2);
      await tell<typeof STARTED>(fleet, order);
      const hostile = await timeViewer(server, victim, seconds);
      const answers = await tell<FleetReport>(fleet, { do: 'stop' });
      figures.push({ attack, idle, hostile, answers });
      console.log(
        `${attack}: p99 ${hostile.p99Ms} ms (idle ${idle.p99Ms}), stall ${hostile.stallMs} ms (idle ${idle.stallMs}), +${hostile.rssGrowthMb} MB, ${JSON.stringify(answers)}`,
      );
      // What was under way ends, and its memory is let go of, before the next turn counts.
      await victim.request('{ viewer { keyName } }');
      await delay(500);
    }
  } finally {
    fleet.kill();
  }
  return figures;
}

function print(
  figures: readonly Figures[],
  images: readonly ImageFigures[],
  subscriptions: readonly SubscriptionFigures[],
): void {
  console.table(
    Object.fromEntries(
      figures.map(({ attack, idle, hostile }) => [
        attack,
        {
          'p50, ms (idle)': `${hostile.p50Ms} (${idle.p50Ms})`,
          'p99, ms (idle)': `${hostile.p99Ms} (${idle.p99Ms})`,
          'longest stall, ms (idle)': `${hostile.stallMs} (${idle.stallMs})`,
          'memory, MB': `+${hostile.rssGrowthMb}`,
        },
      ]),
    ),
  );
  if (images.length > 0) {
    console.table(
      images.map(({ images: kind, idle, hostile, tookMs }) => ({
        kind,
        'p99, ms (idle)': `${hostile.p99Ms} (${idle.p99Ms})`,
        'peak, MB': hostile.peakRssMb,
        'all ten, ms': tookMs,
      })),
    );
  }
  if (subscriptions.length > 0) console.table(subscriptions);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '5' },
      'at-once': { type: 'string', default: '20' },
      subscriptions: { type: 'string', default: '10000' },
      'no-images': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  await withFreshServer({}, async (server, operatorKey) => {
    const settings = { only: values.only, seconds: Number(values.seconds), atOnce: Number(values['at-once']) };
    const images = values['no-images'] ? [] : await measureLargeImages(server, operatorKey);
    const attacks = await attackAll(server, operatorKey, settings);
    const count = Number(values.subscriptions);
    const subscriptions: SubscriptionFigures[] = [];
    for (const tenants of count > 0 ? [1, Math.ceil(count / 10)] : []) {
      subscriptions.push(await measureIdleSubscriptions(server, { operatorKey, tenants, count }));
    }
    print(attacks, images, subscriptions);
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ attacks, images, subscriptions }, null, 2)}\n`);
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
