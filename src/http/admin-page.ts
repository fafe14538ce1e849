import { Router, type Response } from 'express';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Where the page's styles get their nonce: Mantine writes `<style>` elements, which the policy refuses otherwise. */
const NONCE = '__STYLE_NONCE__';
const YEAR_SECONDS = 31_536_000;

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  brotli?: Buffer;
  gzip?: Buffer;
}

/** The page as it was built: small enough to be held. */
export interface AdminPage {
  readonly html: string;
  /** By file name; each name holds a hash of the file. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** Beside `src` and `dist`, wherever this runs from. @returns null when it was not built. */
export function findAdminPage(): AdminPage | null {
  let root = __dirname;
  while (!existsSync(path.join(root, 'packages', 'admin', 'package.json'))) {
    const above = path.dirname(root);
    if (above === root) return null;
    root = above;
  }
  const folder = path.join(root, 'packages', 'admin', 'dist');
  const index = path.join(folder, 'index.html');
  if (!existsSync(index)) return null;
  const assets = new Map<string, Asset>();
  for (const name of readdirSync(path.join(folder, 'assets'))) {
    const type = TYPES[path.extname(name)];
    if (type) assets.set(name, { type, plain: readFileSync(path.join(folder, 'assets', name)) });
  }
  return { html: readFileSync(index, 'utf8'), assets };
}

/** The policy of the page: nothing from elsewhere, no script or style that is not of this server. */
function policyWith(nonce: string, uploadOrigin: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    `connect-src 'self'${uploadOrigin === null ? '' : ` ${uploadOrigin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * `/`: the page for a browser, and for others, as JSON, what this is and where to go. `/assets/<name>`: what the page is made of,
 * which browsers keep for ever, since a changed file has another name.
 *
 * @param uploadOrigin where the page sends files besides, if anywhere.
 */
export function createAdminRouter(page: AdminPage | null, uploadOrigin: string | null): Router {
  const router = Router();
  const places = {
    name: 'Likeness',
    description: 'Face search for many tenants behind one GraphQL API.',
    graphql: '/graphql',
    health: ['/livez', '/readyz'],
  };
  router.get('/', (request, response) => {
    response.vary('Accept');
    if (!page || request.accepts(['json', 'html']) !== 'html') {
      response.json(places);
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    response.setHeader('Content-Security-Policy', policyWith(nonce, uploadOrigin));
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Permissions-Policy', 'geolocation=(), microphone=(), camera=(self)');
    response.type('html').send(page.html.replaceAll(NONCE, nonce));
  });
  router.get('/assets/:name', (request, response, next) => {
    const asset = page?.assets.get(request.params.name);
    if (!asset) return next();
    response.setHeader('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`);
    response.setHeader('Content-Type', asset.type);
    response.vary('Accept-Encoding');
    response.send(encoded(asset, request.acceptsEncodings(['br', 'gzip', 'identity']), response));
  });
  return router;
}

/** Compressed when it is first asked for. */
function encoded(asset: Asset, encoding: string | false, response: Response): Buffer {
  if (encoding !== 'br' && encoding !== 'gzip') return asset.plain;
  response.setHeader('Content-Encoding', encoding);
  if (encoding === 'gzip') return (asset.gzip ??= gzipSync(asset.plain, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  return (asset.brotli ??= brotliCompressSync(asset.plain, { params }));
}
