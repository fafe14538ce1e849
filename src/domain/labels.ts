/** Labels of an image classifier at most; the largest sets that are in use have 21,843. */
export const MAX_LABELS = 50_000;
