import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactElement } from 'react';
import { usePageChain, usePeopleInSight, type ListedPeople, type Person } from '../people-list.ts';
import { gridOf } from '../pure/grid.ts';
import { rowsOf } from '../pure/people-pages.ts';
import { useScrollMemory } from '../router.ts';
import { PersonCard } from './person-card.tsx';
import { Problem } from './states.tsx';

export type ChosenPeople = ReadonlyMap<string, Pick<Person, 'id' | 'displayName' | 'faceCount'>>;

/**
 * Only the rows that are in sight are in the page and only their people are fetched, however many there are. Of one list: give it a key.
 */
export function PeopleGrid(props: {
  readonly listed: ListedPeople;
  /** How many the whole list has, if that is known. */
  readonly total: number | undefined;
  readonly chosen: ChosenPeople;
  /** undefined: nobody can be chosen. */
  readonly choose: ((chosen: ChosenPeople) => void) | undefined;
}): ReactElement {
  const { listed, total, chosen, choose } = props;
  const ref = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const element = ref.current!;
    const measure = (): void =>
      setBox({ width: element.clientWidth, top: element.getBoundingClientRect().top + window.scrollY });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useScrollMemory(box.width > 0);
  const chained = usePageChain(listed);
  const { columns, rowHeight } = gridOf(box.width);
  const people = rowsOf(chained[0], listed.startAt ? undefined : total);
  const virtual = useWindowVirtualizer({
    count: Math.ceil(people / columns),
    estimateSize: () => rowHeight,
    overscan: 3,
    scrollMargin: box.top,
  });
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  const shown = box.width > 0 ? virtual.getVirtualItems() : [];
  const first = (shown[0]?.index ?? 0) * columns;
  const last = ((shown.at(-1)?.index ?? 0) + 1) * columns - 1;
  const { personAt, error } = usePeopleInSight(listed, chained, first, last);
  const take = useTaking(personAt, chosen, choose);
  if (error) return <Problem error={error} />;
  return (
    <div
      ref={ref}
      className={`people ${chosen.size > 0 ? 'people-choosing' : ''}`}
      style={{ height: virtual.getTotalSize() }}
      role="list"
      aria-label="People"
    >
      {shown.map((row) => (
        <div
          key={row.key}
          className="people-row"
          role="presentation"
          style={{
            gridTemplateColumns: `repeat(${columns}, 1fr)`,
            height: rowHeight,
            transform: `translateY(${row.start - box.top}px)`,
          }}
        >
          {Array.from({ length: Math.min(columns, people - row.index * columns) }, (_, column) => {
            const at = row.index * columns + column;
            const person = personAt(at);
            return (
              <PersonCard
                key={person?.id ?? at}
                person={person}
                row={at}
                isChosen={person !== undefined && chosen.has(person.id)}
                choose={choose && take}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

/** Chooses one, or with shift everybody from the one before to this one. Stays the same while people come and go. */
function useTaking(
  personAt: (row: number) => Person | undefined,
  chosen: ChosenPeople,
  choose: ((chosen: ChosenPeople) => void) | undefined,
): (row: number, isRange: boolean) => void {
  const anchor = useRef<number | null>(null);
  const now = useRef({ personAt, chosen, choose });
  useLayoutEffect(() => {
    now.current = { personAt, chosen, choose };
  });
  return useCallback((row: number, isRange: boolean) => {
    const { personAt: at, chosen: before, choose: say } = now.current;
    const from = isRange && anchor.current !== null ? anchor.current : row;
    const next = new Map(before);
    const one = at(row);
    const isTaken = from === row ? one !== undefined && !before.has(one.id) : true;
    for (let each = Math.min(from, row); each <= Math.max(from, row); each += 1) {
      const person = at(each);
      if (!person) continue;
      if (isTaken) next.set(person.id, person);
      else next.delete(person.id);
    }
    anchor.current = row;
    say?.(next);
  }, []);
}
