import { Anchor } from '@mantine/core';
import { useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import type { GroupedFace } from '../pure/face-groups.ts';
import { placeAfter, rangeLike, toggled } from '../pure/choice.ts';
import { hrefOf } from '../pure/routes.ts';
import { Crop } from './crop.tsx';
import { Icon } from './icons.tsx';

/** The faces of a group, of which any can be taken out: by click, or with the arrow keys and space; with shift, a range. */
export function FaceChoice(props: {
  readonly faces: readonly GroupedFace[];
  readonly chosen: ReadonlySet<string>;
  readonly choose: (chosen: ReadonlySet<string>) => void;
}): ReactElement {
  const { faces, chosen, choose } = props;
  const list = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [anchor, setAnchor] = useState(0);
  const ids = faces.map(({ id }) => id);
  const take = (at: number, isRange: boolean): void => {
    setActive(at);
    if (isRange) return choose(rangeLike(ids, chosen, anchor, at));
    setAnchor(at);
    choose(toggled(chosen, ids[at]!));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const columns = getComputedStyle(event.currentTarget).gridTemplateColumns.split(' ').length;
    const to = placeAfter(event.key, active, columns, ids.length);
    if (to !== undefined) {
      setActive(to);
      (list.current?.children[to] as HTMLElement | undefined)?.focus();
      if (event.shiftKey) choose(rangeLike(ids, chosen, anchor, to));
      else setAnchor(to);
    } else if (event.key === ' ') take(active, event.shiftKey);
    else return;
    event.preventDefault();
  };
  const shown = faces[Math.min(active, faces.length - 1)];
  return (
    <>
      <div
        ref={list}
        role="listbox"
        aria-multiselectable="true"
        aria-label="Faces of the same person"
        className="faces review-others"
        onKeyDown={onKeyDown}
      >
        {faces.map((face, at) => {
          const isChosen = chosen.has(face.id);
          return (
            <div
              key={face.id}
              role="option"
              aria-selected={isChosen}
              aria-label={`Face ${at + 1} of ${faces.length}`}
              tabIndex={at === Math.min(active, faces.length - 1) ? 0 : -1}
              className={`face face-option ${isChosen ? 'face-chosen' : 'face-out'}`}
              onFocus={() => setActive(at)}
              onClick={(event) => take(at, event.shiftKey)}
            >
              <Crop url={face.cropUrl} alt="" eager />
              <span className="face-mark">
                <Icon name={isChosen ? 'check' : 'close'} size={16} />
              </span>
            </div>
          );
        })}
      </div>
      {shown && (
        <Anchor size="sm" href={hrefOf('image', shown.image.id, { face: shown.id })}>
          Open the image of face {faces.indexOf(shown) + 1}
        </Anchor>
      )}
    </>
  );
}
