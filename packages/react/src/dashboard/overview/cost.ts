import type { StatusJson } from '@backup/client'
import type { Price } from '../context.tsx'

const gigabyte = 1e9

/** What storing so much with each provider costs a month; nothing where no price is known. Prices are of one currency: that of the first. */
export function monthlyCost(
  bytes: number,
  providers: readonly Pick<StatusJson['providers'][number], 'location' | 'name'>[],
  prices: Readonly<Record<string, Price>>,
): { readonly amount: number; readonly currency: string } | undefined {
  const known = providers.flatMap(({ location, name }) => prices[location] ?? prices[name] ?? [])
  const [first] = known
  if (!first) return undefined
  const same = known.filter(({ currency }) => currency === first.currency)
  return { amount: same.reduce((sum, { perGigabyteMonth }) => sum + (perGigabyteMonth * bytes) / gigabyte, 0), currency: first.currency }
}
