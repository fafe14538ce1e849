import type { ReactElement } from 'react';

const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M'].concat([
  'N',
  'O',
  'P',
  'Q',
  'R',
  'S',
  'T',
  'U',
  'V',
  'W',
  'X',
  'Y',
  'Z',
]);
/** Names are ordered by their letters without accents: what comes after Latin begins with Greek. */
const AFTER_LATIN = '\u0370';
const PLACES = [
  { startAt: '', label: '#', name: 'From the beginning' },
  ...LETTERS.map((letter) => ({ startAt: letter.toLowerCase(), label: letter, name: `Names from ${letter}` })),
  { startAt: AFTER_LATIN, label: '…', name: 'Names in other scripts' },
];

/** Where in the alphabet a list begins. */
export function LetterBar(props: { readonly startAt: string; readonly jump: (startAt: string) => void }): ReactElement {
  return (
    <div className="letters" role="group" aria-label="Jump to a letter">
      {PLACES.map(({ startAt, label, name }) => (
        <button
          key={label}
          type="button"
          className="letter"
          aria-label={name}
          aria-pressed={startAt === props.startAt}
          onClick={() => props.jump(startAt)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
