import type { FaceFieldsFragment } from '@likeness/client';
import { Badge, Checkbox, Tooltip } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { rangeLike, toggled } from '../pure/choice.ts';
import { hrefOf } from '../pure/routes.ts';
import { day, qualityOf, REASONS } from '../pure/words.ts';
import { Crop } from './crop.tsx';

export type ShownFace = FaceFieldsFragment;

export function FaceGrid(props: {
  readonly faces: readonly ShownFace[];
  readonly selected: ReadonlySet<string>;
  /** undefined: none can be chosen. */
  readonly select: ((selected: ReadonlySet<string>) => void) | undefined;
  readonly wholeImages?: boolean;
}): ReactElement {
  const { faces, selected, select } = props;
  const [anchor, setAnchor] = useState(0);
  const take = (at: number, isRange: boolean): void => {
    const ids = faces.map(({ id }) => id);
    if (!isRange) setAnchor(at);
    select?.(isRange ? rangeLike(ids, selected, Math.min(anchor, ids.length - 1), at) : toggled(selected, ids[at]!));
  };
  return (
    <ul className={`faces ${props.wholeImages ? 'faces-wide' : ''}`}>
      {faces.map((face, at) => {
        const quality = qualityOf(face.quality.score);
        const reasons = face.reasons.map((reason) => REASONS[reason]).join(', ');
        const found = `Face found on ${day(face.createdAt)}`;
        return (
          <li key={face.id} className={`face ${selected.has(face.id) ? 'face-chosen' : ''}`}>
            <a href={hrefOf('image', face.image.id, { face: face.id })} aria-label={`${found}: open its image`}>
              <Crop url={face.cropUrl} alt="" />
            </a>
            {select && (
              <Checkbox
                className="face-check"
                checked={selected.has(face.id)}
                onChange={() => undefined}
                onClick={(event) => take(at, event.shiftKey)}
                aria-label={`Choose the face found on ${day(face.createdAt)}`}
              />
            )}
            <div className="face-foot">
              <Tooltip label={reasons || `Quality ${Math.round(face.quality.score)} of 100`}>
                <Badge variant="light" color={reasons ? 'orange' : quality.colour} className="plain-badge">
                  {reasons ? 'Not searched' : quality.word}
                </Badge>
              </Tooltip>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
