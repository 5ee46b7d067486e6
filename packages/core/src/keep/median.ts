/** Half of the values are as large or larger. 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * How far values lie from their median, as a standard deviation that a few outliers do not move: the median absolute deviation, times
 * what makes the two equal for a normal distribution.
 *
 * @see Rousseeuw and Croux, Alternatives to the Median Absolute Deviation, 1993
 */
export function spread(values: readonly number[]): number {
  const middle = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)))
}
