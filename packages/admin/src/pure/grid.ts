const GAP = 16;
const CAPTION = 64;
const WIDEST = 184;

/** Columns of a grid of square crops with two lines below each, two at the narrowest, and the height of a row. */
export function gridOf(width: number): { readonly columns: number; readonly rowHeight: number } {
  const columns = Math.max(2, Math.ceil((width + GAP) / (WIDEST + GAP)));
  const side = Math.max(0, (width - GAP * (columns - 1)) / columns);
  return { columns, rowHeight: Math.round(side + CAPTION + GAP) };
}
