import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { printApiSchema } from './schema';

/** `print-schema [--check] [FILE]`: writes schema.graphql, or with --check fails when it is not what the code says. */
function main(args: readonly string[]): number {
  const file = args.find((arg) => !arg.startsWith('--')) ?? 'schema.graphql';
  const wanted = printApiSchema();
  if (!args.includes('--check')) {
    writeFileSync(file, wanted);
    return 0;
  }
  if (readFileSync(file, 'utf8') === wanted) return 0;
  process.stderr.write(`${file} is not what the resolvers say. Run: npm run schema\n`);
  return 1;
}

process.exitCode = main(process.argv.slice(2));
