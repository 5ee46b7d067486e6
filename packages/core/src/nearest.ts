/**
 * The word of the list that somebody most likely meant: for messages about misspelt options.
 *
 * @returns nothing when none is near: fewer than half of its letters would stay
 */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestSteps = Infinity
  for (const candidate of words) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase())
    if (steps < bestSteps && steps * 2 < Math.max(candidate.length, 2)) [best, bestSteps] = [candidate, steps]
  }
  return best
}

/** ` Did you mean "every"?`, or nothing. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const meant = nearest(word, words)
  return meant === undefined ? '' : ` Did you mean "${meant}"?`
}

/** Letters to insert, remove or replace, and neighbours to swap (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    ;[before, last] = [last, current]
  }
  return last[to.length] ?? 0
}
