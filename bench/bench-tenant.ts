import {
  createClient,
  CreateCollectionDocument,
  CreateTenantDocument,
  type CreateCollectionInput,
  type LikenessClient,
} from '@likeness/client';

export interface BenchTenant {
  readonly id: string;
  readonly key: string;
  readonly likeness: LikenessClient;
}

/** A client that tries nothing twice: what fails is told, and takes no time that would be measured. */
export function clientOf(url: string, apiKey: string): LikenessClient {
  return createClient({ url, apiKey, retry: { attempts: 1 } });
}

export async function openTenant(url: string, operatorKey: string, name = 'bench'): Promise<BenchTenant> {
  const { createTenant } = await clientOf(url, operatorKey).request(CreateTenantDocument, { input: { name } });
  const { tenant, secret } = createTenant;
  return { id: tenant.id, key: secret, likeness: clientOf(url, secret) };
}

/** @returns its id. */
export async function openCollection(likeness: LikenessClient, input: CreateCollectionInput): Promise<string> {
  return (await likeness.request(CreateCollectionDocument, { input })).createCollection.collection.id;
}

/** Sends images all at once. @returns their ids. @throws LikenessError of the first that was refused. */
export async function sendAll(likeness: LikenessClient, images: readonly Uint8Array[]): Promise<string[]> {
  const outcomes = await likeness.uploadFiles(images, { parallel: images.length });
  return outcomes.map((one) => {
    if (one.error) throw one.error;
    return one.uploadId;
  });
}
