import type { ReactElement } from 'react';
import { labelSide, styleOf, type Box } from '../pure/label-places.ts';

export interface DrawnFace {
  readonly key: string;
  readonly box: Box;
  readonly label: string;
  readonly tone: 'known' | 'maybe' | 'unknown' | 'rejected';
}

/** An image with a box around each face and its name beside it. */
export function FacedImage(props: {
  readonly src: string;
  readonly alt: string;
  readonly faces: readonly DrawnFace[];
  readonly selected?: string | null;
  readonly onSelect?: (key: string) => void;
}): ReactElement {
  return (
    <div className="faced">
      <img src={props.src} alt={props.alt} />
      {props.faces.map(({ key, box, label, tone }) => (
        <button
          key={key}
          type="button"
          className={`face-box face-${tone}`}
          style={styleOf(box)}
          aria-pressed={props.selected === key}
          aria-label={`Face: ${label}`}
          onClick={() => props.onSelect?.(key)}
        >
          <span className={`face-label face-label-${labelSide(box)}`}>{label}</span>
        </button>
      ))}
    </div>
  );
}
