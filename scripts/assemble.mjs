// node scripts/assemble.mjs FOLDER: puts what a built Likeness runs with into an empty folder, and nothing else. The container
// image is made of it. Production shows no GraphiQL, so what that is made of stays out.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLeftOut } from './assemble-rules.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [target] = process.argv.slice(2);
if (!target || (existsSync(target) && readdirSync(target).length > 0)) {
  console.error('Usage: node scripts/assemble.mjs FOLDER (an empty one, or one that is not there yet)');
  process.exit(2);
}
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const product = readJson(path.join(root, 'package.json'));

/** Of the product's own, what runs. The benchmarks are built beside it, and the demo wants photographs and a database. */
const OWN = [
  'dist/src',
  'dist/workers',
  'dist/packages',
  'models',
  'prisma/migrations',
  'packages/admin/dist',
  'LICENSE',
];
const OWN_LEFT_OUT = ['dist/src/demo'];
const NOT_AT_RUN_TIME = new Set(['graphiql', 'react-18', 'react-dom-18']);

/** Folder of a package as Node finds it from another one; undefined where an optional one was not installed. */
function findPackage(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** Every installed package that the product needs when it runs, by its place below the project. */
function packagesOf(folder, names, found = new Map()) {
  for (const name of names) {
    const place = findPackage(name, folder);
    if (place === undefined || found.has(place)) continue;
    const real = realpathSync(place);
    const { dependencies = {}, optionalDependencies = {} } = readJson(path.join(real, 'package.json'));
    found.set(place, { name, real });
    packagesOf(real, Object.keys({ ...dependencies, ...optionalDependencies }), found);
  }
  return found;
}

/** Files of npm packages that packs read, by package. */
function filesOfPacks() {
  const files = new Map();
  const visit = (value) => {
    if (value === null || typeof value !== 'object') return;
    if (typeof value.npm === 'string') files.set(value.npm, (files.get(value.npm) ?? new Set()).add(value.path));
    for (const part of Object.values(value)) visit(part);
  };
  for (const pack of readdirSync(path.join(root, 'models')))
    visit(readJson(path.join(root, 'models', pack, 'pack.json')));
  return files;
}

const copy = (from, to, filter) => cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });

for (const part of OWN) {
  copy(path.join(root, part), path.join(target, part), (file) => !OWN_LEFT_OUT.includes(path.relative(root, file)));
}
mkdirSync(path.join(target, 'packages', 'admin'), { recursive: true });
copy(path.join(root, 'packages/admin/package.json'), path.join(target, 'packages/admin/package.json'));
// Without scripts and development: nothing is installed or built there.
const { name, version, private: isPrivate, license, engines } = product;
writeFileSync(
  path.join(target, 'package.json'),
  `${JSON.stringify({ name, version, private: isPrivate, license, engines }, null, 2)}\n`,
);

const packFiles = filesOfPacks();
const needed = Object.keys(product.dependencies).filter((one) => !NOT_AT_RUN_TIME.has(one));
for (const [place, one] of packagesOf(root, needed)) {
  copy(one.real, path.join(target, path.relative(root, place)), (file) => {
    const inside = path.relative(one.real, file).split(path.sep).join('/');
    return inside === '' || !isLeftOut(one.name, inside, packFiles.get(one.name));
  });
}
