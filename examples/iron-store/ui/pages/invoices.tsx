import { type ReactNode, useDeferredValue, useState } from 'react'
import type { InvoiceSummary } from '../../store/invoices.ts'
import type { VoidNumber } from '../../store/numbers.ts'
import type { Shop } from '../../store/shop.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { Head } from '../parts/head.tsx'
import { Problem } from '../parts/notice.tsx'
import { InvoiceList } from './invoice-list.tsx'

const pageSize = 50

export function Invoices(): ReactNode {
  const [search, setSearch] = useState('')
  const wanted = useDeferredValue(search)
  return (
    <>
      <Head title="Invoices" search={search} onSearch={setSearch}>
        <a className="button primary" href="#/invoices/new">New invoice</a>
      </Head>
      <Found key={wanted} search={wanted} />
      {wanted === '' && <VoidNumbers />}
    </>
  )
}

function Found({ search }: { readonly search: string }): ReactNode {
  const path = `/invoices?search=${encodeURIComponent(search)}`
  const { data: first, error, retry } = useAsk<readonly InvoiceSummary[]>(path)
  const { data: shop } = useAsk<Shop>('/shop')
  const [older, setOlder] = useState<readonly InvoiceSummary[]>([])
  const all = [...(first ?? []), ...older]
  const more = useTask(async () => {
    const next = await ask<readonly InvoiceSummary[]>(`${path}&before=${all.at(-1)!.id}`)
    setOlder([...older, ...next])
  })
  if (!first) return <Problem error={error} retry={retry} />
  if (all.length === 0) return <p className="empty">{search === '' ? 'No invoice was written yet.' : 'None is like that.'}</p>
  return (
    <section className="card">
      <InvoiceList invoices={all} currency={shop?.currency ?? 'EUR'} />
      <Problem error={more.error} />
      {all.length % pageSize === 0 && <button type="button" className="more" onClick={() => void more.run()} disabled={more.isBusy}>Older ones</button>}
    </section>
  )
}

/** Whoever checks the books asks for every number. */
function VoidNumbers(): ReactNode {
  const { data } = useAsk<readonly VoidNumber[]>('/void-numbers')
  if (!data || data.length === 0) return null
  return (
    <details className="card">
      <summary>{data.length === 1 ? 'One number' : `${data.length} numbers`} without an invoice</summary>
      <ul className="plain">
        {data.map(({ year, sequence, reason }) => (
          <li key={`${year}-${sequence}`}><span className="number">{year}-{String(sequence).padStart(5, '0')}</span><span>{reason}</span></li>
        ))}
      </ul>
    </details>
  )
}
