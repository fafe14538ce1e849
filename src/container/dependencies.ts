import type { Dependency } from '../http/health';
import type { Parts } from './parts';

/** What a process, API or worker, cannot do its work without. */
export function dependenciesOf({ database, queue, events, index, images, room }: Parts): Dependency[] {
  return [
    { name: 'database', check: () => database.ping() },
    { name: 'queue', check: () => queue.ping() },
    { name: 'events', check: () => events.ping() },
    { name: 'vectorIndex', check: () => index.ping() },
    { name: 'imageStore', check: () => images.ping() },
    {
      name: 'storage',
      check: async () => room.assertRoomFor('ROWS'),
      isLow: () => room.level === 'LOW',
    },
  ];
}
