import { type ReactNode, useState } from 'react'
import type { Shop } from '../../store/shop.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { Field, Form } from '../parts/form.tsx'

export function ShopSettings(): ReactNode {
  const { data } = useAsk<Shop>('/shop')
  return data ? <ShopForm key={JSON.stringify(data)} shop={data} /> : null
}

function ShopForm({ shop }: { readonly shop: Shop }): ReactNode {
  const [name, setName] = useState(shop.name)
  const [address, setAddress] = useState(shop.address)
  const [taxId, setTaxId] = useState(shop.taxId)
  const [currency, setCurrency] = useState(shop.currency)
  const saving = useTask(() => ask('/shop', { name, address, taxId, currency: currency.toUpperCase() }))
  return (
    <section className="card narrow">
      <h2>What is printed on invoices</h2>
      <Form task={saving} submit="Save">
        <Field label="Name" value={name} onChange={setName} required />
        <Field label="Address" value={address} onChange={setAddress} isLong />
        <div className="pair">
          <Field label="Tax number" value={taxId} onChange={setTaxId} />
          <Field label="Currency" value={currency} onChange={setCurrency} hint="Three letters: EUR, USD" required />
        </div>
      </Form>
    </section>
  )
}
