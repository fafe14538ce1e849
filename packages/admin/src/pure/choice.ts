/** The chosen ones with one more, or one less. */
export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Everything from one place to another chosen like what stands at the first of them, or left out like it. */
export function rangeLike(
  ids: readonly string[],
  chosen: ReadonlySet<string>,
  from: number,
  to: number,
): ReadonlySet<string> {
  const next = new Set(chosen);
  const isChosen = chosen.has(ids[from]!);
  for (const id of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (isChosen) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** Where a key leads in a grid; undefined: nowhere. */
export function placeAfter(key: string, at: number, columns: number, length: number): number | undefined {
  const to = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: length - 1,
  }[key];
  return to === undefined ? undefined : Math.min(length - 1, Math.max(0, to));
}
