import { pagesOfFaces } from '../../src/cli/models/face-pages';

const faceOf = (id: number, image: string) => ({ id: String(id), image: { id: image } });

async function pagesOf(images: readonly string[], first: number): Promise<string[]> {
  const faces = images.map((image, i) => faceOf(i, image));
  const pages: string[] = [];
  const list = ({ first: count, afterId }: { first: number; afterId?: string }) => {
    const from = afterId === undefined ? 0 : faces.findIndex(({ id }) => id === afterId) + 1;
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
