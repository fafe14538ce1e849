import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // The owner's login, which only `prisma migrate` needs.
  datasource: { url: process.env.DATABASE_URL },
});
