import type { Database } from '../database';

/** What tells this platform from others. */
export class Deployment {
  constructor(private readonly database: Database) {}

  /** Made with the database, and the same in every copy of it. */
  async id(): Promise<string> {
    const { id } = await this.database.system.deployment.findFirstOrThrow({ select: { id: true } });
    return id;
  }
}
