import type { TenantScope } from '../../domain/tenant-scope';
import type { WeightedGate } from '../../domain/weighted-gate';

/** What counts of an item beside its work. */
export interface StartedItem {
  readonly id: string;
  /**
   * Deliveries before this one that began with it and died: 0, 1 (with others: it is tried alone now), 2 (once alone: that
   * may have been a kill from outside), or more (it is what kills).
   */
  readonly starts: number;
}

/** Where starts of items are counted. */
export interface ItemStarts {
  /** Counts a start of an item that is about to be worked on alone. */
  countStart(scope: TenantScope, itemId: string): Promise<void>;
  /** Takes back the starts of items that a delivery leaves alive: they were no fault of theirs. */
  takeBackStarts(scope: TenantScope, items: readonly StartedItem[]): Promise<void>;
}

/** How a delivery works on its items. */
export interface ItemRun<Item extends StartedItem> {
  readonly items: readonly Item[];
  /** Lets an ordinary item begin when it is its turn. */
  inTurn(item: Item, work: () => Promise<void>): Promise<void>;
  /** @returns whether the item has its outcome. Never throws. */
  work(item: Item, isAlone: boolean): Promise<boolean>;
  /** Puts what was found out on record. */
  settle(): Promise<void>;
}

/** Whether no process has died with it. */
const isOrdinary = ({ starts }: StartedItem): boolean => starts === 0;

/** Whether processes died with nothing else in work, and more than one: a single one may have been killed from outside. */
export const isKiller = ({ starts }: StartedItem): boolean => starts > 2;

/** Works through the items of deliveries so that an image which kills processes is found, and costs itself alone. */
export class ItemRuns {
  /** Starts of items before deliveries that failed here, by item, where they could not be written. */
  private readonly survived = new Map<string, number>();

  /** @param images all that is in work at once in this process. */
  constructor(
    private readonly starts: ItemStarts,
    private readonly images: WeightedGate,
  ) {}

  /** The item with what is remembered here of its starts. */
  withStarts<Item extends StartedItem>(item: Item): Item {
    const starts = this.survived.get(item.id);
    this.survived.delete(item.id);
    return starts === undefined ? item : { ...item, starts };
  }

  /** @throws what `settle` throws. Starts of items that are left without an outcome are taken back. */
  async workAll<Item extends StartedItem>(scope: TenantScope, run: ItemRun<Item>): Promise<void> {
    const open = new Map(run.items.map((item) => [item.id, item]));
    const work = async (item: Item, isAlone: boolean): Promise<void> => {
      if (await run.work(item, isAlone)) open.delete(item.id);
    };
    try {
      const ordinary = run.items.filter(isOrdinary);
      // What a process died with alone comes last: processes that are killed in mid-job do not meet it again and again.
      const suspects = run.items.filter((item) => !isOrdinary(item)).sort((a, b) => a.starts - b.starts);
      await Promise.all(ordinary.map((item) => run.inTurn(item, () => work(item, false))));
      await run.settle();
      for (const item of suspects) {
        await this.alone(scope, item, () => work(item, true));
        // What was found out of one is on record before the next one may kill.
        await run.settle();
      }
    } finally {
      const left = [...open.values()];
      if (left.length > 0) await this.takeBackStarts(scope, left);
    }
  }

  /** What the database could not be told is remembered here: an outage of it is no image's doing. */
  private async takeBackStarts(scope: TenantScope, items: readonly StartedItem[]): Promise<void> {
    try {
      await this.starts.takeBackStarts(scope, items);
    } catch {
      for (const { id, starts } of items) this.survived.set(id, starts);
    }
  }

  /** With nothing else in work in this process: if the process dies, it is the image's doing. */
  private alone(scope: TenantScope, item: StartedItem, work: () => Promise<void>): Promise<void> {
    if (isKiller(item)) return work();
    return this.images.run(Infinity, work, scope.tenantId);
  }
}
