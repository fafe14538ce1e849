import { JobItemsDocument } from '@likeness/client';
import type { Context } from '../context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { printable } from '../output.ts';

/** Follows a job to its end, then says what went wrong in it. */
export async function watch({ likeness, out, signal }: Context, jobId: string): Promise<ExitCode> {
  const job = await likeness.waitForJob(jobId, {
    signal,
    onProgress: ({ state, progress: { done, total, indexed, failed } }) =>
      out.progress(`${state} ${done} of ${total}: ${indexed} indexed, ${failed} failed`),
  });
  const failures: { ordinal: number; externalImageId: string | null; state: string; reason: string }[] = [];
  for (const filter of [{ state: 'FAILED' }, { indexed: false }] as const) {
    const variables = { jobId, first: 1_000, filter };
    const items = likeness.rows(JobItemsDocument, variables, (found) => found.job?.items, { signal });
    for await (const { ordinal, state, externalImageId, error, unindexedFaces } of items) {
      const reason = error?.message ?? unindexedFaces.flatMap(({ reasons }) => reasons).join(', ');
      failures.push({ ordinal, externalImageId, state, reason: reason || 'no face was found' });
    }
  }
  out.answer({ job, failures }, () => {
    const { indexed, unindexed, failed, cancelled } = job.progress;
    const lines = failures.map(
      (one) => `  ${one.ordinal} ${printable(one.externalImageId ?? '')}: ${printable(one.reason)}`,
    );
    return [
      `${job.state}: ${indexed} indexed, ${unindexed} not indexed, ${failed} failed, ${cancelled} cancelled`,
      ...lines,
    ].join('\n');
  });
  if (job.error) throw new CommandError(job.error.message);
  return job.state === 'SUCCEEDED' && failures.length === 0 ? EXIT.DONE : EXIT.PARTLY;
}
