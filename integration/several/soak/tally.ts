/** What happened, in numbers, and what must not happen, in words. */
export interface Tally {
  count(what: string, by?: number): void
  fail(message: string): void
  /** Each kind once: numbers and names left out. */
  warn(message: string): void
  readonly counts: ReadonlyMap<string, number>
  readonly failures: readonly string[]
  readonly warnings: ReadonlyMap<string, number>
}

/** Plain data. */
export interface TallyMessage {
  readonly counts: Readonly<Record<string, number>>
  readonly failures: readonly string[]
  readonly warnings: Readonly<Record<string, number>>
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  const warnings = new Map<string, number>()
  const failures: string[] = []
  const add = (to: Map<string, number>, what: string, by: number): void => void to.set(what, (to.get(what) ?? 0) + by)
  return {
    counts,
    failures,
    warnings,
    count: (what, by = 1) => add(counts, what, by),
    fail: (message) => void failures.push(message),
    warn: (message) => add(warnings, message.replaceAll(/[0-9a-f]{16,}/g, '…').replaceAll(/\d+/g, 'N'), 1),
  }
}

export function messageOf({ counts, failures, warnings }: Tally): TallyMessage {
  return { counts: Object.fromEntries(counts), failures: [...failures], warnings: Object.fromEntries(warnings) }
}

/** One for all. */
export function sumOf(messages: Iterable<TallyMessage>): Tally {
  const sum = createTally()
  for (const { counts, failures, warnings } of messages) {
    for (const [what, by] of Object.entries(counts)) sum.count(what, by)
    for (const failure of failures) sum.fail(failure)
    for (const [warning, times] of Object.entries(warnings)) for (let at = 0; at < times; at++) sum.warn(warning)
  }
  return sum
}
