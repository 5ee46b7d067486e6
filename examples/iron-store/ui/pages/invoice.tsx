import { type ReactNode, useState } from 'react'
import type { Invoice } from '../../store/invoices.ts'
import type { Shop } from '../../store/shop.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { date, money, percent } from '../format.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Form } from '../parts/form.tsx'
import { Problem } from '../parts/notice.tsx'
import { goTo } from '../route.ts'
import { TotalsView } from './totals-view.tsx'

/** As it is printed. */
export function InvoicePage({ id }: { readonly id: number }): ReactNode {
  const { data: invoice, error, retry } = useAsk<Invoice & { readonly shop: Shop }>(`/invoices/${id}`)
  const [isCancelling, setCancelling] = useState(false)
  if (error) return <Problem error={error} retry={retry} />
  if (!invoice) return null
  const { number, issuedAt, customerName, customerAddress, lines, totals, note, cancels, cancelledBy, shop } = invoice
  return (
    <>
      <div className="head no-print">
        <a className="button" href="#/invoices">All invoices</a>
        <div className="actions">
          {cancels === null && cancelledBy === null && <button type="button" onClick={() => setCancelling(true)}>Cancel invoice…</button>}
          <button type="button" className="primary" onClick={() => print()}>Print</button>
        </div>
      </div>
      <article className="card paper">
        <header>
          <div>
            <strong>{shop.name}</strong>
            <p>{shop.address}</p>
          </div>
          <div className="end">
            <h1>{cancels === null ? 'Invoice' : 'Cancellation'}</h1>
            <p className="number">{number}</p>
            <p>{date(issuedAt)}</p>
          </div>
        </header>
        <address>{customerName}{'\n'}{customerAddress}</address>
        {cancelledBy !== null && <p className="stamp">Cancelled, see <a href={`#/invoices/${cancelledBy}`}>the cancellation</a></p>}
        <div className="scroll" role="region" aria-label="What was sold" tabIndex={0}>
          <table>
            <thead>
              <tr><th>No.</th><th>Product</th><th className="end">Quantity</th><th className="end">Price</th><th className="end">Tax</th><th className="end">Amount</th></tr>
            </thead>
            <tbody>
              {lines.map((line, at) => (
                // Lines of an invoice never change.
                <tr key={at}>
                  <td>{line.sku}</td>
                  <td>{line.name}</td>
                  <td className="end">{line.quantity}</td>
                  <td className="end">{money(line.priceCents, shop.currency)}</td>
                  <td className="end">{percent(line.taxPermille)}</td>
                  <td className="end">{money(line.priceCents * line.quantity, shop.currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <TotalsView totals={totals} currency={shop.currency} />
        {note && <p className="soft">{note}</p>}
        <footer className="soft">{[shop.name, shop.taxId].filter(Boolean).join(' · ')}</footer>
      </article>
      {isCancelling && <CancelDialog id={id} number={number} onClose={() => setCancelling(false)} />}
    </>
  )
}

function CancelDialog({ id, number, onClose }: { readonly id: number; readonly number: string; onClose(): void }): ReactNode {
  const [reason, setReason] = useState('')
  const cancelling = useTask(async () => {
    const made = await ask<Invoice>(`/invoices/${id}/cancel`, { reason })
    goTo(`/invoices/${made.id}`)
  })
  return (
    <Dialog title={`Cancel ${number}?`} onClose={onClose}>
      <p>Another invoice is written over the opposite, and the goods go back into stock. This one stays.</p>
      <Form task={cancelling} submit="Cancel invoice" onDone={onClose} onCancel={onClose} isReady={reason.trim() !== ''}>
        <Field label="Why?" value={reason} onChange={setReason} required />
      </Form>
    </Dialog>
  )
}
