/** Bytes of a megabyte, as limits are given and told. */
export const MEGABYTE = 1_048_576;
