import {
  EndGalleryGrantDocument,
  GalleriesDocument,
  GalleryGrantsDocument,
  GrantedGalleriesDocument,
  GrantGalleryDocument,
  PublishGalleryDocument,
  RecognizeCelebritiesDocument,
  UnpublishGalleryDocument,
  UpdateGalleryDocument,
  type GalleriesQuery,
  type GalleryGrantsQuery,
  type GrantedGalleriesQuery,
  type QualityFilter,
  type RecognizeCelebritiesQuery,
} from '@likeness/client';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { tableOf, type Cell } from '../output.ts';
import { collectionOf } from './collection-of.ts';
import { printRows, type Columns } from './rows.ts';
import { imageOf } from './search.ts';

type Gallery = GalleriesQuery['galleries']['nodes'][number];
type Grant = GalleryGrantsQuery['galleryGrants']['nodes'][number];
type Granted = GrantedGalleriesQuery['grantedGalleries']['nodes'][number];
type Recognized = RecognizeCelebritiesQuery['recognizeCelebrities'];

const GALLERIES: Columns<Gallery> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  COLLECTION: ({ collectionId }) => collectionId,
  FLOOR: ({ similarityFloor }) => similarityFloor,
  COVERS: ({ showsCovers }) => (showsCovers ? 'shown' : 'hidden'),
};
const GRANTS: Columns<Grant> = {
  ID: ({ id }) => id,
  TENANT: ({ granteeTenantId }) => granteeTenantId,
  LABEL: ({ label }) => label,
  SINCE: ({ createdAt }) => createdAt,
  ENDED: ({ endedAt, endedBy }) => (endedAt ? `${endedAt} by ${endedBy?.toLowerCase() ?? ''}` : 'no'),
};
const GRANTED: Columns<Granted> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  FLOOR: ({ similarityFloor }) => similarityFloor,
  COVERS: ({ showsCovers }) => (showsCovers ? 'shown' : 'hidden'),
  SINCE: ({ grantedAt }) => grantedAt,
};

/** The operator names the tenant. */
interface OfTenant {
  readonly tenant?: string;
}

interface Published {
  readonly description?: string;
  readonly floor?: number;
  readonly covers?: boolean;
}

const pageOf = (limit: number): number => Math.min(limit + 1, 100);

export async function listGalleries(context: Context, { tenant, limit }: OfTenant & { limit: number }): Promise<void> {
  const variables = { tenantId: tenant, first: pageOf(limit) };
  await printRows(context, GalleriesDocument, variables, ({ galleries }) => galleries, GALLERIES, limit);
}

export async function publishGallery(
  context: Context,
  collection: string,
  { name, description, floor, covers, tenant }: OfTenant & Published & { name?: string },
): Promise<void> {
  const { likeness, out, signal } = context;
  // The operator sees no collections: it says the id.
  const { id, name: its } = tenant ? { id: collection, name: collection } : await collectionOf(context, collection);
  const shown = { description, similarityFloor: floor, showsCovers: covers };
  const input = { collectionId: id, name: name ?? its, ...shown, tenantId: tenant };
  const { publishGallery: made } = await likeness.request(PublishGalleryDocument, { input }, { signal });
  out.answer(made.gallery, () => `${made.gallery.name} is published as ${made.gallery.id}.`);
}

export async function changeGallery(
  { likeness, out, signal }: Context,
  id: string,
  { name, description, floor, covers, tenant }: OfTenant & Published & { name?: string },
): Promise<void> {
  const input = { id, name, description, similarityFloor: floor, showsCovers: covers, tenantId: tenant };
  const { updateGallery } = await likeness.request(UpdateGalleryDocument, { input }, { signal });
  out.answer(updateGallery.gallery, () => `${updateGallery.gallery.name} is changed.`);
}

export async function unpublishGallery(
  { likeness, out, signal }: Context,
  id: string,
  { tenant: tenantId }: OfTenant,
): Promise<void> {
  const { unpublishGallery: gone } = await likeness.request(
    UnpublishGalleryDocument,
    { input: { id, tenantId } },
    { signal },
  );
  out.answer(gone, () => 'It is published no longer.');
}

export async function grantGallery(
  { likeness, out, signal }: Context,
  id: string,
  granteeTenantId: string,
  { label, tenant: tenantId }: OfTenant & { label?: string },
): Promise<void> {
  const input = { id, granteeTenantId, label, tenantId };
  const { grantGallery: made } = await likeness.request(GrantGalleryDocument, { input }, { signal });
  out.answer(made.grant, () => `It is granted as ${made.grant.id}.`);
}

export async function listGrants(
  context: Context,
  galleryId: string,
  { tenant, limit }: OfTenant & { limit: number },
): Promise<void> {
  const variables = { galleryId, tenantId: tenant, first: pageOf(limit) };
  await printRows(context, GalleryGrantsDocument, variables, ({ galleryGrants }) => galleryGrants, GRANTS, limit);
}

export async function endGrant(
  { likeness, out, signal }: Context,
  id: string,
  { tenant: tenantId }: OfTenant,
): Promise<void> {
  const { endGalleryGrant } = await likeness.request(EndGalleryGrantDocument, { input: { id, tenantId } }, { signal });
  out.answer(endGalleryGrant, () => 'The grant has ended.');
}

export async function listGranted(context: Context, { limit }: { limit: number }): Promise<void> {
  const variables = { first: pageOf(limit) };
  await printRows(
    context,
    GrantedGalleriesDocument,
    variables,
    ({ grantedGalleries }) => grantedGalleries,
    GRANTED,
    limit,
  );
}

interface RecognizeArguments {
  readonly gallery: readonly string[];
  readonly minSimilarity: number;
  readonly quality?: QualityFilter;
}

/** Whom of the galleries each photograph shows. */
export async function recognize(
  { likeness, out, signal }: Context,
  files: readonly string[],
  { gallery, minSimilarity, quality: qualityFilter }: RecognizeArguments,
): Promise<ExitCode> {
  const found: { file: string; answer: Recognized }[] = [];
  for (const file of files) {
    const variables = { image: await imageOf(file), galleryIds: [...gallery], minSimilarity, qualityFilter };
    const { recognizeCelebrities } = await likeness.request(RecognizeCelebritiesDocument, variables, { signal });
    found.push({ file, answer: recognizeCelebrities });
  }
  const told = found.map(({ file, answer }) => ({ file, ...answer }));
  out.answer(told, () => tableOf(['FILE', 'WHO', 'KNOWN FOR', 'SIMILARITY'], found.flatMap(rowsOf)));
  return found.some(({ answer }) => answer.celebrityFaces.length > 0) ? EXIT.DONE : EXIT.PARTLY;
}

function rowsOf({ file, answer }: { file: string; answer: Recognized }): Cell[][] {
  const known = answer.celebrityFaces.map(({ name, knownFor, similarity }) => [file, name, knownFor ?? '', similarity]);
  const unknown = answer.unrecognizedFaces.map(() => [file, 'unknown', '', '']);
  const all = [...known, ...unknown];
  return all.length > 0 ? all : [[file, 'no face was found', '', '']];
}
