import type { Gallery } from '../../domain/identification';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CollectionRecord } from '../../records/collection';
import type { FaceStore } from '../faces/face.store';

/** Faces of nobody that are counted; where there are more, each face of the gallery is taken as one person. */
const MAX_COUNTED = 50_000;

/** Counters but for the faces of nobody, which only matter beside people with several faces. */
export async function measureGallery(
  store: Pick<FaceStore, 'countUnassigned'>,
  scope: TenantScope,
  collections: readonly CollectionRecord[],
): Promise<Gallery> {
  const faces = collections.reduce((sum, one) => sum + one.faceCount, 0);
  const persons = collections.reduce((sum, one) => sum + one.personCount, 0);
  if (persons === 0 || persons >= faces) return { faces, persons, unassigned: persons === 0 ? faces : 0 };
  const ids = collections.map((one) => one.id);
  const counted = await store.countUnassigned(scope, ids, MAX_COUNTED);
  return { faces, persons, unassigned: Math.min(faces, counted === MAX_COUNTED ? faces : counted) };
}
