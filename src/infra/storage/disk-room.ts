import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../domain/errors';
import { ROOM_LEVELS, type RoomLevel, type RoomNeeded, type StorageRoom } from '../../domain/storage-room';

export interface DiskRoomOptions {
  /** Folders to watch, by what they hold; those on one disk are told of together. */
  readonly places: Readonly<Record<string, string>>;
  /**
   * Bytes to keep free on each disk. Below them, or below 5 % where that is less, no new files are taken; below a quarter
   * of that nothing that must write is begun. 0: the disks are not watched.
   */
  readonly reserveBytes: number;
  /** A disk has passed a floor, either way. */
  readonly onChange: (place: string, level: RoomLevel, freeBytes: number) => void;
}

/** What is known of one disk. */
export interface DiskState {
  /** What of the platform lies on it: `database`, `index`, `images`. */
  readonly place: string;
  readonly level: RoomLevel;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const LOOK_EVERY_MS = 2_000;
const SHARE_TO_KEEP = 0.05;

/** @param reserveBytes as in `DiskRoomOptions`. */
export function roomLevel(freeBytes: number, totalBytes: number, reserveBytes: number): RoomLevel {
  const floor = Math.min(reserveBytes, totalBytes * SHARE_TO_KEEP);
  if (freeBytes < floor / 4) return 'FULL';
  return freeBytes < floor ? 'LOW' : 'OK';
}

/** Looks at the free space of the disks that this process writes to, every two seconds. */
export class DiskRoom implements StorageRoom {
  private disks: readonly DiskState[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: DiskRoomOptions) {}

  get level(): RoomLevel {
    return ROOM_LEVELS[Math.max(0, ...this.disks.map(({ level }) => ROOM_LEVELS.indexOf(level)))]!;
  }

  /** The disks as they were two seconds ago at most. */
  states(): readonly DiskState[] {
    return this.disks;
  }

  assertRoomFor(needed: RoomNeeded): void {
    if (needed === 'NONE' || this.level === 'OK' || (needed === 'ROWS' && this.level === 'LOW')) return;
    const tight = this.disks.filter(({ level }) => level !== 'OK').map(({ place }) => place);
    throw new DomainError(
      'STORAGE_FULL',
      `The disk of the ${tight.join(' and the ')} is nearly full, so ${needed === 'FILES' ? 'no new images are' : 'nothing new is'} taken. Searches and deletions go on. Delete what is not needed, or ask whoever runs this server to make room.`,
      { details: { disks: tight } },
    );
  }

  /** Looks once, and from then on. */
  async start(): Promise<void> {
    if (this.options.reserveBytes === 0) return;
    await this.look();
    const again = (): void => {
      this.timer = setTimeout(() => void this.look().finally(() => this.timer && again()), LOOK_EVERY_MS).unref();
    };
    again();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const before = new Map(this.disks.map(({ place, level }) => [place, level]));
    const found = await Promise.all(
      Object.entries(this.options.places).map(([place, folder]) => this.see(place, folder)),
    );
    this.disks = found.filter((disk) => disk !== undefined);
    for (const { place, level, freeBytes } of this.disks) {
      if (level !== (before.get(place) ?? 'OK')) this.options.onChange(place, level, freeBytes);
    }
  }

  /** A folder that cannot be looked at is its own engine's trouble, which says so. */
  private async see(place: string, folder: string): Promise<DiskState | undefined> {
    // An engine that has not written yet will make its folder there.
    const disk = await statfs(folder)
      .catch(() => statfs(path.dirname(folder)))
      .catch(() => undefined);
    if (!disk || disk.blocks === 0) return undefined;
    const [freeBytes, totalBytes] = [disk.bavail * disk.bsize, disk.blocks * disk.bsize];
    return { place, level: roomLevel(freeBytes, totalBytes, this.options.reserveBytes), freeBytes, totalBytes };
  }
}
