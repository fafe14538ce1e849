import { listImages, listPeople } from '../../../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../../../workers/evaluation/labelled-vectors';
import type { PackManifest } from '../../../workers/inference/pack-manifest';
import { UsageError } from '../models/context';
import { checkCount, embedWith, type EvalContext, type SharedOptions } from './context';

export interface EmbeddedPeople {
  readonly set: LabelledVectors;
  readonly manifest: PackManifest;
  readonly imagesWithoutFace: number;
  readonly runtime: string;
}

/**
 * Embeds all photographs of a folder with a folder a person.
 *
 * @throws UsageError when there is no such folder, or it has not two people with a face.
 */
export async function embedPeople(context: EvalContext, wish: SharedOptions): Promise<EmbeddedPeople> {
  const { images: folder } = wish;
  if (!folder) throw new UsageError('Say --images DIR, with a folder a person: DIR/<name>/*.jpg');
  const people = await listPeople(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${folder} is no folder that can be read (${error.code}).`);
  });
  const images = await listImages(folder, people);
  if (images.length === 0) throw new UsageError(`${folder} has no folder with images: it wants one a person.`);
  checkCount(images.length);
  const one = (found: readonly string[]): string => {
    return `${folder} shows one person only, ${found[0]}: there is nobody to tell them from.`;
  };
  const shown = [...new Set(images.map((image) => image.slice(0, image.indexOf('/'))))];
  if (shown.length < 2) throw new UsageError(one(shown));
  const { vectors, manifest, runtime } = await embedWith(context, wish, folder, images);
  const set = new LabelledVectors(manifest.metric, vectors);
  if (set.people().length < 2) throw new UsageError(one(set.people()));
  return { set, manifest, imagesWithoutFace: images.length - vectors.size, runtime };
}
