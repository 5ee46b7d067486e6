import type { ReactNode } from 'react'
import type { InvoiceSummary } from '../../store/invoices.ts'
import { date, money } from '../format.ts'

export function InvoiceList({ invoices, currency }: { readonly invoices: readonly InvoiceSummary[]; readonly currency: string }): ReactNode {
  return (
    <ul className="rows">
      {invoices.map(({ id, number, customerName, issuedAt, totalCents, cancels, cancelledBy }) => (
        <li key={id}>
          <a href={`#/invoices/${id}`} data-void={cancelledBy !== null || undefined}>
            <span className="number">{number}</span>
            <span className="grow">{customerName}{cancels !== null && <small> cancellation</small>}{cancelledBy !== null && <small> cancelled</small>}</span>
            <time dateTime={issuedAt}>{date(issuedAt)}</time>
            <span className="amount">{money(totalCents, currency)}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
