import type { PageRequest } from '../../records/page';
import type { FaceOrderField, FaceRecord } from '../../records/face';

type Placed = Pick<FaceRecord, 'id'> & { readonly image: Pick<FaceRecord['image'], 'id'> };

/**
 * Everything that a list has, page by page. The faces of one image, which follow each other, are in one page, so that each
 * image is looked at once and all its faces are judged together.
 *
 * @param list a page of a list, and one more than asked for where there is another.
 * @param first faces asked for at once; more than an image has.
 */
export async function* pagesOfFaces<Face extends Placed>(
  list: (page: PageRequest<FaceOrderField>) => Promise<readonly Face[]>,
  first: number,
): AsyncGenerator<Face[]> {
  let afterId: string | undefined;
  let held: Face[] = [];
  do {
    const found = await list({ first, ...(afterId === undefined ? {} : { after: { id: afterId } }) });
    const page = [...held, ...found.slice(0, first)];
    const last = page.at(-1);
    afterId = found.length > first ? last?.id : undefined;
    // The last image's other faces may come with the next page.
    const cut = afterId === undefined ? undefined : last?.image.id;
    held = page.filter(({ image }) => image.id === cut);
    const whole = page.filter(({ image }) => image.id !== cut);
    if (whole.length > 0) yield whole;
  } while (afterId !== undefined);
}
