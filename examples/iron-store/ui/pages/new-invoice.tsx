import { type ReactNode, useState } from 'react'
import type { Customer } from '../../store/customers.ts'
import type { Invoice } from '../../store/invoices.ts'
import type { Product } from '../../store/products.ts'
import type { Shop } from '../../store/shop.ts'
import { totalsOf } from '../../store/totals.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { money } from '../format.ts'
import { Field, Form } from '../parts/form.tsx'
import { Head } from '../parts/head.tsx'
import { goTo } from '../route.ts'
import { TotalsView } from './totals-view.tsx'

interface Line {
  readonly productId: number
  readonly quantity: string
}

const emptyLine: Line = { productId: 0, quantity: '1' }

export function NewInvoice(): ReactNode {
  const { data: customers } = useAsk<readonly Customer[]>('/customers')
  const { data: products } = useAsk<readonly Product[]>('/products')
  const { data: shop } = useAsk<Shop>('/shop')
  const [customerId, setCustomer] = useState(0)
  const [lines, setLines] = useState<readonly Line[]>([emptyLine])
  const [note, setNote] = useState('')
  const currency = shop?.currency ?? 'EUR'
  const chosen = lines.flatMap(({ productId, quantity }) => {
    const product = products?.find(({ id }) => id === productId)
    return product ? [{ ...product, quantity: Number(quantity) || 0 }] : []
  })
  const writing = useTask(async () => {
    const wanted = chosen.map(({ id, quantity }) => ({ productId: id, quantity }))
    const { id } = await ask<Invoice>('/invoices', { customerId, lines: wanted, note })
    goTo(`/invoices/${id}`)
  })
  const change = (at: number, part: Partial<Line>): void => setLines(lines.map((line, other) => (other === at ? { ...line, ...part } : line)))
  return (
    <>
      <Head title="New invoice" />
      <section className="card narrow">
        <Form task={writing} submit="Write invoice" isReady={customerId > 0 && chosen.length > 0} onCancel={() => goTo('/invoices')}>
          <label className="field">
            <span>Customer</span>
            <select value={customerId} onChange={(event) => setCustomer(Number(event.target.value))}>
              <option value={0}>Choose…</option>
              {customers?.map(({ id, name }) => (
                <option key={id} value={id}>{name}</option>
              ))}
            </select>
          </label>
          <fieldset className="lines">
            <legend>What is sold</legend>
            {lines.map((line, at) => {
              const product = products?.find(({ id }) => id === line.productId)
              return (
                // Lines have no name of their own, and are only added and taken away at the end or by their place.
                <div className="line" key={at}>
                  <select aria-label={`Product ${at + 1}`} value={line.productId} onChange={(event) => change(at, { productId: Number(event.target.value) })}>
                    <option value={0}>Choose…</option>
                    {products?.map(({ id, name, stock }) => (
                      <option key={id} value={id} disabled={stock === 0}>{name} ({stock} left)</option>
                    ))}
                  </select>
                  <input type="number" min={1} max={product?.stock} aria-label={`Quantity ${at + 1}`} value={line.quantity} onChange={(event) => change(at, { quantity: event.target.value })} />
                  <span className="amount">{product ? money(product.priceCents * (Number(line.quantity) || 0), currency) : ''}</span>
                  <button type="button" className="quiet" aria-label={`Remove line ${at + 1}`} disabled={lines.length === 1} onClick={() => setLines(lines.filter((_, other) => other !== at))}>×</button>
                </div>
              )
            })}
            <button type="button" onClick={() => setLines([...lines, emptyLine])}>Add a line</button>
          </fieldset>
          <Field label="Note" value={note} onChange={setNote} />
          <TotalsView totals={totalsOf(chosen)} currency={currency} />
        </Form>
      </section>
    </>
  )
}
