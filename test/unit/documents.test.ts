import { buildSchema } from 'graphql';
import { Documents } from '../../src/graphql/documents';

describe('Documents', () => {
  const make = () => new Documents(buildSchema('type Query { name: String }'), { introspection: true });

  it('reads one unknown text between two turns of the event loop, parties in turns', async () => {
    const documents = make();
    let turn = 0;
    let counting = setImmediate(function next() {
      turn += 1;
      counting = setImmediate(next);
    });
    const order: string[] = [];
    const turns: number[] = [];
    const texts = ['a1', 'a2', 'b1'].map(async (one) => {
      await documents.read(`{ ${one}: name }`, one[0]!);
      order.push(one);
      turns.push(turn);
    });
    await Promise.all(texts);
    clearImmediate(counting);
    expect(order).toEqual(['a1', 'b1', 'a2']);
    expect(new Set(turns).size).toBe(3);
  });

  it('has a text that was read before at once, whoever waits', async () => {
    const documents = make();
    const known = await documents.read('{ name }', 'a');
    const order: string[] = [];
    const reading = documents.read('{ other: name }', 'a').then(() => order.push('unknown'));
    const again = documents.read('{ name }', 'b').then((document) => {
      order.push('known');
      expect(document).toBe(known);
    });
    await Promise.all([reading, again]);
    expect(order).toEqual(['known', 'unknown']);
  });

  it('says what is wrong with a text, and reads the next', async () => {
    const documents = make();
    const wrong = await documents.read('{ nothing }', 'a');
    expect(wrong).toEqual([expect.objectContaining({ message: expect.stringContaining('nothing') })]);
    const broken = await documents.read('{', 'a');
    expect(broken).toEqual([expect.objectContaining({ message: expect.stringContaining('Syntax') })]);
    expect(await documents.read('{ name }', 'a')).toMatchObject({ kind: 'Document' });
  });
});
