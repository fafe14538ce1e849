/** What an operation takes of the disks: whole files, rows, or nothing that counts. */
export type RoomNeeded = 'FILES' | 'ROWS' | 'NONE';

/** OK; LOW: no new files are taken; FULL: nothing that must write is begun. */
export const ROOM_LEVELS = ['OK', 'LOW', 'FULL'] as const;
export type RoomLevel = (typeof ROOM_LEVELS)[number];

/** Whether the disks have room for what is about to be written. */
export interface StorageRoom {
  /** Of the disk that is worst off. */
  readonly level: RoomLevel;
  /** @throws DomainError STORAGE_FULL, before anything has been taken. */
  assertRoomFor(needed: RoomNeeded): void;
}
