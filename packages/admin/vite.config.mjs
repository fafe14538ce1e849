import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = path.dirname(fileURLToPath(import.meta.url));

/** Built by scripts/build.mjs, from the sources of the client. Every address is relative: the page may lie below a path. */
export default defineConfig({
  root: here,
  base: './',
  resolve: { alias: { '@likeness/client': path.join(here, '..', 'client', 'src', 'index.ts') } },
  build: {
    target: 'es2022',
    // Those that know light-dark(): it would be made to follow the system's theme instead of the page's.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
