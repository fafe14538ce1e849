import { CollectionsDocument } from '@likeness/client';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, Answers } from './answers';
import type { Findings } from './findings';
import type { Photo } from './photos';
import type { Outage } from './strike';
import { searchOnce, type Tenant } from './tenant';

const PAUSE_MS = 1_000;
/** What was under way when something went may still have been answered as if it had not. */
const GRACE_MS = 500;

/** Which requests go on without an engine or a process of the product; of the others an honest refusal is all that is asked. */
const GOES_ON: Readonly<Record<string, readonly string[]>> = {
  worker: ['read', 'probe'],
  redis: ['read', 'probe'],
  milvus: ['read'],
  s3: ['read', 'probe'],
  postgres: [],
};

export interface ProberOptions {
  readonly tenant: Tenant;
  readonly answers: Answers;
  readonly findings: Findings;
  /** A person of the collection, who is to be found whenever a search is answered. */
  readonly collectionId: string;
  readonly known: Photo;
}

/** Asks for what must go on, again and again: reads need the database alone, searches the index, too. */
export class Prober {
  private readonly stopping = new AbortController();
  private readonly loops: Promise<unknown>;

  constructor(private readonly options: ProberOptions) {
    const { tenant, collectionId, known, findings } = options;
    this.loops = Promise.all(
      tenant.all.flatMap((client, api) => [
        this.loop(`read ${api}`, () => client.request(CollectionsDocument, { first: 10 })),
        this.loop(`probe ${api}`, async () => {
          const found = await searchOnce(client, collectionId, known);
          if (!found.includes(known.name)) findings.add(`a search answered without ${known.name}, who is enrolled`);
        }),
      ]),
    );
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loops;
  }

  /** Holds the answers of an outage against what had to go on. */
  judge({ target, from, to }: Outage): void {
    const { tenant, findings } = this.options;
    const [name = '', number] = target.name.split('-');
    for (const api of tenant.all.keys()) {
      // An API that is away answers nothing itself.
      const isAway = name === 'api' && Number(number) === api + 1;
      const goesOn = isAway ? [] : (GOES_ON[name] ?? ['read', 'probe']);
      for (const kind of ['read', 'probe']) {
        const answers = this.options.answers.between(`${kind} ${api}`, from + GRACE_MS, to);
        const refused = answers.filter(({ code }) => code !== 'OK');
        if (goesOn.includes(kind) && refused.length > 0) findings.add(sentence(kind, target.name, refused));
      }
    }
  }

  private async loop(what: string, request: () => Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.options.answers.ask(what, request);
      await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function sentence(kind: string, away: string, refused: readonly Answer[]): string {
  const codes = [...new Set(refused.map(({ code }) => code))].join(', ');
  return `${refused.length} of kind "${kind}" were refused without ${away} (${codes}): ${refused[0]!.message}`;
}
