import { pagesOfFaces } from '../../src/cli/models/face-pages';

const faceOf = (id: number, image: string) => ({ id: String(id), image: { id: image } });

async function pagesOf(images: readonly string[], first: number): Promise<string[]> {
  const faces = images.map((image, i) => faceOf(i, image));
  const pages: string[] = [];
  const list = ({ first: count, after }: { first: number; after?: { id: string } }) => {
    const from = after === undefined ? 0 : faces.findIndex(({ id }) => id === after.id) + 1;
    return Promise.resolve(faces.slice(from, from + count + 1));
  };
  for await (const page of pagesOfFaces(list, first)) pages.push(page.map(({ image }) => image.id).join(''));
  return pages;
}

describe('pages of faces', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['aab', ['aab']],
    ['aabbb', ['aa', 'bbb']],
    ['aaabbb', ['aaabbb']],
    ['aabbbcccd', ['aa', 'bbb', 'cccd']],
    ['abcdefg', ['ab', 'cde', 'fg']],
  ])('hold the faces of an image together: %s', async (images, pages) => {
    expect(await pagesOf([...images], 3)).toEqual(pages);
  });
});
