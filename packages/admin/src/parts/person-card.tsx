import { memo, type MouseEvent, type ReactElement } from 'react';
import type { Person } from '../people-list.ts';
import { hrefOf } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { Crop } from './crop.tsx';

/** A person in a grid of many: light, since a hundred of them pass by in a second. */
export const PersonCard = memo(function PersonCard(props: {
  /** undefined: not fetched yet. */
  readonly person: Person | undefined;
  readonly row: number;
  readonly isChosen: boolean;
  /** undefined: nobody can be chosen. */
  readonly choose: ((row: number, isRange: boolean) => void) | undefined;
}): ReactElement {
  const { person, row, isChosen, choose } = props;
  if (!person) {
    return (
      <div className="person-cell" role="listitem" aria-hidden="true">
        <div className="crop" />
      </div>
    );
  }
  return (
    <div className={`person-cell ${isChosen ? 'person-chosen' : ''}`} role="listitem">
      <a className="person-card" href={hrefOf('person', person.id)}>
        <Crop url={person.faces.nodes[0]?.cropUrl} alt="" eager />
        <span className="person-name">{person.displayName}</span>
        <span className="person-faces">{count(person.faceCount, 'face')}</span>
      </a>
      {choose && (
        <label className="card-check">
          <input
            type="checkbox"
            checked={isChosen}
            onChange={() => undefined}
            onClick={(event: MouseEvent) => choose(row, event.shiftKey)}
            aria-label={`Choose ${person.displayName}`}
          />
        </label>
      )}
    </div>
  );
});
