import {
  CreateTenantDocument,
  DeleteTenantDocument,
  SuspendTenantDocument,
  TenantsDocument,
  UpdateTenantDocument,
  type TenantsQuery,
} from '@likeness/client';
import type { Context } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { printRows, type Columns } from './rows.ts';

type Tenant = TenantsQuery['tenants']['nodes'][number];

const COLUMNS: Columns<Tenant> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  STATUS: ({ status }) => status,
  'MAX PERSONS': ({ limits }) => limits.maxPersons,
  'MAX FACES': ({ limits }) => limits.maxFaces,
};

export async function listTenants(context: Context, { limit }: { limit: number }): Promise<void> {
  const variables = { first: Math.min(limit + 1, 100) };
  await printRows(context, TenantsDocument, variables, ({ tenants }) => tenants, COLUMNS, limit);
}

export async function createTenant({ likeness, out, signal }: Context, name: string): Promise<void> {
  const { createTenant: created } = await likeness.request(CreateTenantDocument, { input: { name } }, { signal });
  out.answer(
    created,
    () => `Made ${name}: ${created.tenant.id}\n${created.secret}\nIts first key: keep it now, it is shown this once.`,
  );
}

export async function suspendTenant({ likeness, out, signal }: Context, id: string): Promise<void> {
  const { suspendTenant: done } = await likeness.request(SuspendTenantDocument, { input: { id } }, { signal });
  out.answer(done.tenant, () => `${done.tenant.name} is suspended: its keys open nothing until it is resumed.`);
}

export async function resumeTenant({ likeness, out, signal }: Context, id: string): Promise<void> {
  const input = { id, status: 'ACTIVE' } as const;
  const { updateTenant: done } = await likeness.request(UpdateTenantDocument, { input }, { signal });
  out.answer(done.tenant, () => `${done.tenant.name} is active.`);
}

/** @param yes its id once more: nothing brings a deleted tenant back. */
export async function deleteTenant(
  { likeness, out, signal }: Context,
  id: string,
  { yes }: { yes?: string },
): Promise<void> {
  if (yes !== id) {
    const what = 'A tenant is deleted with all its persons, faces and images, and nothing brings it back.';
    throw new CommandError(`${what} To delete it, repeat its id: --yes ${id}`, EXIT.USAGE);
  }
  const { deleteTenant: done } = await likeness.request(DeleteTenantDocument, { input: { id } }, { signal });
  out.answer(done.tenant, () => `${done.tenant.name} is being deleted.`);
}
