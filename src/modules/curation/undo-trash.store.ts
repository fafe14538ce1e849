import type { Tx } from '../../database/sql';
import type { Skipped } from '../../records/operation';
import { isOnlyFaceLeft, isPlaceTaken } from './face-trash.store';
import { isInVisibleImage } from './face-places.store';
import type { IdentityState } from './identity-state';
import { isOfTrash, skip, type Reversal } from './reversal';

/** A face that is to be out of sight must be one of which nothing is said but what goes with this. */
export function keepFacesInUse(state: IdentityState, reversals: readonly Reversal[]): Skipped[] {
  const inUse = movesOf(state, reversals, true).filter((one) => state.isSaidOf(one.id));
  return inUse.map((one) => keep(state, one, 'IN_USE'));
}

/** An image that has lost faces for good goes with the last one that searches find: that one must not go out of sight and leave it. */
export async function keepImages(tx: Tx, state: IdentityState, reversals: readonly Reversal[]): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  for (const one of movesOf(state, reversals, true)) {
    if (await isOnlyFaceLeft(tx, one.id)) skipped.push(keep(state, one, 'IN_USE'));
  }
  return skipped;
}

/** A face that is to be seen again must be in an image that is to be seen, and not where another face is by now. */
export async function keepPlaces(tx: Tx, state: IdentityState, reversals: readonly Reversal[]): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  for (const one of movesOf(state, reversals, false)) {
    if (!(await isInVisibleImage(tx, one.id))) skipped.push(keep(state, one, 'DELETED'));
    else if (await isPlaceTaken(tx, one.id)) skipped.push(keep(state, one, 'PLACE_TAKEN'));
  }
  return skipped;
}

/** Of a face that is out of sight nothing can be said: whoever wants to brings it back first. */
export function keepUnsaid(state: IdentityState, reversals: readonly Reversal[]): Skipped[] {
  const isUnseen = ({ entity, id }: Reversal): boolean =>
    (entity === 'FACE' || entity === 'FACE_REJECTION') && state.face(id)?.isTrashed === true && state.isSaidOf(id);
  const ofUnseen = reversals.filter((one) => !isOfTrash(one) && isUnseen(one) && state.valueOf(one) === one.after);
  return ofUnseen.map((one) => keep(state, one, 'CHANGED_SINCE'));
}

/** What moves faces out of sight (or back), as far as it has not been kept as it is. */
function movesOf(state: IdentityState, reversals: readonly Reversal[], isTrashed: boolean): Reversal[] {
  return reversals.filter((one) => isOfTrash(one) && one.after === isTrashed && state.valueOf(one) === isTrashed);
}

function keep(state: IdentityState, one: Reversal, reason: Skipped['reason']): Skipped {
  state.set(one, one.before);
  return skip(one, reason);
}
