/**
 * A signed address of an image, a crop or an upload as this page reaches it: by the page's own origin, whatever name the server
 * calls itself by. The signature is over the path alone.
 *
 * @param base where the page is, with a slash at the end of its folder.
 */
export function addressHere(address: string, base: string): string {
  const { pathname, search } = new URL(address, base);
  const [kind, tenant, id] = pathname.split('/').slice(-3);
  return new URL(`${kind}/${tenant}/${id}${search}`, base).href;
}
