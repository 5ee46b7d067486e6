import type { ReactNode } from 'react'
import type { Totals } from '../../store/totals.ts'
import { money, percent } from '../format.ts'

export function TotalsView({ totals: { netCents, taxes, totalCents }, currency }: { readonly totals: Totals; readonly currency: string }): ReactNode {
  return (
    <dl className="totals">
      <div><dt>Net</dt><dd>{money(netCents, currency)}</dd></div>
      {taxes.map(({ permille, taxCents }) => (
        <div key={permille}><dt>Tax {percent(permille)}</dt><dd>{money(taxCents, currency)}</dd></div>
      ))}
      <div className="sum"><dt>Total</dt><dd>{money(totalCents, currency)}</dd></div>
    </dl>
  )
}
