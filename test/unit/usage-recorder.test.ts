import { NO_USAGE } from '../../src/domain/usage';
import { UsageRecorder } from '../../src/modules/usage/usage-recorder.service';
import type { UsageRow } from '../../src/records/usage';

describe('a usage recorder', () => {
  const tenant = { tenantId: 'a', apiKeyId: 'k' };
  let written: UsageRow[][];
  let nowMs: number;
  let isAway: boolean;
  let recorder: UsageRecorder;
  const errors: unknown[] = [];

  beforeEach(() => {
    written = [];
    isAway = false;
    nowMs = Date.parse('2026-11-28T23:59:59.500Z');
    recorder = new UsageRecorder({
      counts: {
        add: async (rows) => {
          if (isAway) throw new Error('away');
          written.push([...rows]);
        },
      },
      clock: { now: () => new Date(nowMs) },
      onError: (error) => errors.push(error),
    });
  });

  test('writes a row a key and day, however much there is', async () => {
    for (let index = 0; index < 1_000; index += 1) recorder.add(tenant, { searches: 1, facesAnalyzed: 2 });
    recorder.add({ ...tenant, apiKeyId: null }, { imagesEnrolled: 3 });
    nowMs += 1_000;
    recorder.add(tenant, { searches: 1 });
    await recorder.flush();
    expect(written).toEqual([
      [
        { ...NO_USAGE, ...tenant, day: '2026-11-28', searches: 1_000, facesAnalyzed: 2_000 },
        { ...NO_USAGE, tenantId: 'a', apiKeyId: null, day: '2026-11-28', imagesEnrolled: 3 },
        { ...NO_USAGE, ...tenant, day: '2026-11-29', searches: 1 },
      ],
    ]);
    await recorder.flush();
    expect(written).toHaveLength(1);
  });

  test('keeps what cannot be written, and counts it once', async () => {
    isAway = true;
    recorder.add(tenant, { uploads: 1, uploadedBytes: 10 });
    await recorder.flush();
    recorder.add(tenant, { uploads: 1, uploadedBytes: 5 });
    isAway = false;
    await recorder.flush();
    expect(written).toEqual([[{ ...NO_USAGE, ...tenant, day: '2026-11-28', uploads: 2, uploadedBytes: 15 }]]);
    expect(errors).toHaveLength(1);
  });
});
