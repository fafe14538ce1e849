import type { Database } from '../database';

/** What tells this platform from others. */
export class Deployment {
  constructor(private readonly database: Database) {}

  /** Made with the database, and the same in every copy of it. */
  async id(): Promise<string> {
    const { id } = await this.database.system.deployment.findFirstOrThrow({ select: { id: true } });
    return id;
  }

  /**
   * Says which queue messages are handed to. When it is another than before, those that it was handed wait again, under new ids:
   * whoever still has one of them in work finds that others took its place.
   * @returns how many.
   */
  async meetQueue(mark: string): Promise<number> {
    return this.database.system.$transaction(async (tx) => {
      const met = await tx.$queryRaw<{ before: string | null }[]>`
        UPDATE deployment d SET queue_mark = ${mark}
          FROM (SELECT id, queue_mark FROM deployment FOR UPDATE) old
         WHERE d.id = old.id AND old.queue_mark IS DISTINCT FROM ${mark}
        RETURNING old.queue_mark AS before`;
      if (met[0]?.before == null) return 0;
      return tx.$executeRaw`
        UPDATE outbox SET id = gen_random_uuid(), admitted_at = NULL, admitted_by = NULL WHERE admitted_at IS NOT NULL`;
    });
  }
}
