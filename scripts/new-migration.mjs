// npm run migrate:new -- a_name: makes an empty migration, named after this moment so that it runs after all others.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [name] = process.argv.slice(2);
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Usage: npm run migrate:new -- a_name (small letters, digits and _)');
  process.exit(2);
}
const moment = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join('prisma', 'migrations', `${moment}_${name}`);
mkdirSync(path.join(root, folder));
writeFileSync(path.join(root, folder, 'migration.sql'), '-- What this is for.\n');
console.log(
  `Made ${path.join(folder, 'migration.sql')}. Write its SQL, change prisma/schema.prisma to match, then: npm run build`,
);
