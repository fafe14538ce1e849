/** Bytes of a megabyte, as limits are given and told. */
export const MEGABYTE = 1_048_576;
/** Milliseconds of an hour. */
export const HOUR = 3_600_000;
/** Milliseconds of a day. */
export const DAY = 86_400_000;
