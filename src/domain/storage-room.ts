/** What an operation takes of the disks: whole files, rows, or nothing that counts. */
export type RoomNeeded = 'FILES' | 'ROWS' | 'NONE';

/** OK; LOW: no new files are taken; FULL: nothing that must write is begun. */
export type RoomLevel = 'OK' | 'LOW' | 'FULL';

/** Whether the disks have room for what is about to be written. */
export interface StorageRoom {
  /** Of the disk that is worst off. */
  readonly level: RoomLevel;
  /** @throws DomainError STORAGE_FULL, before anything has been taken. */
  assertRoomFor(needed: RoomNeeded): void;
}
