/** Who does something that cannot be taken lightly, and why: goes into the audit trail as it is given. */
export interface Authority {
  /** A person or program, in the words of the application: `anna@example.org`. @default 'unknown' */
  readonly actor?: string
  /** In a sentence, for whoever reads the trail in ten years. */
  readonly reason?: string
}
