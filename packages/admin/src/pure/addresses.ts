/**
 * A signed address of an image, a crop, an upload or a cover as this page reaches it: by the page's own origin, whatever name the server
 * calls itself by. The signature is over the path alone.
 *
 * @param base where the page is, with a slash at the end of its folder.
 */
export function addressHere(address: string, base: string): string {
  const { pathname, search } = new URL(address, base);
  const parts = pathname.split('/');
  // `<kind>/<tenant>/<id>`; a cover's has its grant before the id.
  const own = parts.slice(parts.at(-4) === 'covers' ? -4 : -3);
  return new URL(`${own.join('/')}${search}`, base).href;
}
