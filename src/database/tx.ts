import type { Prisma } from './generated/client';

/** A transaction of a tenant's. */
export type Tx = Prisma.TransactionClient;
