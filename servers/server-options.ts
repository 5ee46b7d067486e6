export interface ServerOptions {
  /** Entries in a page of a listing, at most. [1,000, as in Amazon S3] */
  readonly largestPage?: number
}
