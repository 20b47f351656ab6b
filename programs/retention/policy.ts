/** What is kept whatever else holds, and how much one run may delete. */
export interface RetentionPolicy {
  /** How many of the newest tags of each package stay; attached tags (signatures) are not counted. */
  readonly keepNewestTags: number;
  readonly alwaysKeepTags: readonly string[];
  /** Regular expressions between slashes, matched against the tag whatever its case: `/cache/`. */
  readonly alwaysKeepPatterns: readonly string[];
  /** Tags pushed later than this many hours ago stay: a racing push or roll-out is not yet visible elsewhere. */
  readonly graceHours: number;
  readonly maxDeletionsPerRun: number;
  /** Of a package's tags, between 0 and 1, rounded down. */
  readonly maxDeletedShareOfPackage: number;
}
