import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { Extensions } from 'type-graphql';
import type { RoomNeeded, StorageRoom } from '../domain/storage-room';
import type { ApiContext } from './context';

const ROOM_EXTENSION = 'room';

/** The mutation takes images: it is refused with STORAGE_FULL as soon as a disk runs low. */
export const TakesFiles = (): MethodDecorator => needs('FILES');

/** The mutation makes room, or takes rights away: it goes on when a disk is full. */
export const GoesOnWhenFull = (): MethodDecorator => needs('NONE');

function needs(room: RoomNeeded): MethodDecorator {
  return (target, property, descriptor) => {
    Extensions({ [ROOM_EXTENSION]: room })(target, property, descriptor as TypedPropertyDescriptor<unknown>);
  };
}

/** Mutations look for room before they begin; those that do not say what they take write rows. */
export function guardMutations(schema: GraphQLSchema, room: StorageRoom): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const needed = (field.extensions[ROOM_EXTENSION] as RoomNeeded | undefined) ?? 'ROWS';
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (source, args, context: ApiContext, info): unknown => {
      // Who has no key is told that first.
      if (context.principal) room.assertRoomFor(needed);
      return resolve(source, args, context, info);
    };
  }
}
