/** What an invoice comes to. Amounts are whole cents. */
export interface Totals {
  readonly netCents: number
  readonly taxCents: number
  readonly totalCents: number
  /** One for each rate, the lowest first. */
  readonly taxes: readonly { readonly permille: number; readonly netCents: number; readonly taxCents: number }[]
}

export interface Taxed {
  readonly quantity: number
  readonly priceCents: number
  readonly taxPermille: number
}

/** Tax is rounded once for each rate, not for each line, so that a printed invoice adds up. */
export function totalsOf(lines: readonly Taxed[]): Totals {
  const nets = new Map<number, number>()
  for (const { quantity, priceCents, taxPermille } of lines) nets.set(taxPermille, (nets.get(taxPermille) ?? 0) + quantity * priceCents)
  const taxes = [...nets]
    .toSorted(([one], [other]) => one - other)
    .map(([permille, netCents]) => ({ permille, netCents, taxCents: rounded((netCents * permille) / 1000) }))
  const netCents = taxes.reduce((sum, tax) => sum + tax.netCents, 0)
  const taxCents = taxes.reduce((sum, tax) => sum + tax.taxCents, 0)
  return { netCents, taxCents, totalCents: netCents + taxCents, taxes }
}

/** Half a cent goes away from zero: what is cancelled has to be exactly what was charged. */
function rounded(cents: number): number {
  return Math.sign(cents) * Math.round(Math.abs(cents)) + 0
}
