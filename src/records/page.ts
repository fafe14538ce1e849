/** A page in ascending id order, after `afterId`; stores answer one row more than `first` when there is more. */
export interface PageRequest {
  readonly first: number;
  readonly afterId?: string;
}
