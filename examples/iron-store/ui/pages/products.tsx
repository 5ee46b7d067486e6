import { type ReactNode, useDeferredValue, useState } from 'react'
import type { Product } from '../../store/products.ts'
import type { Shop } from '../../store/shop.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { centsOf, money, percent } from '../format.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Form } from '../parts/form.tsx'
import { Head } from '../parts/head.tsx'
import { Problem } from '../parts/notice.tsx'

type Open = { readonly of: 'product'; readonly product?: Product } | { readonly of: 'stock'; readonly product: Product } | { readonly of: 'prices' }

export function Products(): ReactNode {
  const [search, setSearch] = useState('')
  const { data, error, retry } = useAsk<readonly Product[]>(`/products?search=${encodeURIComponent(useDeferredValue(search))}`)
  const { data: shop } = useAsk<Shop>('/shop')
  const [open, setOpen] = useState<Open>()
  const close = (): void => setOpen(undefined)
  return (
    <>
      <Head title="Products" search={search} onSearch={setSearch}>
        <button type="button" onClick={() => setOpen({ of: 'prices' })}>Change all prices…</button>
        <button type="button" className="primary" onClick={() => setOpen({ of: 'product' })}>New product</button>
      </Head>
      <Problem error={error} retry={retry} />
      {data?.length === 0 && <p className="empty">{search === '' ? 'There is nothing to sell yet.' : 'None is like that.'}</p>}
      {data && data.length > 0 && (
        <section className="card">
          <ul className="rows">
            {data.map((product) => (
              <li key={product.id} className="row">
                <span className="number">{product.sku}</span>
                <button type="button" className="grow link" onClick={() => setOpen({ of: 'product', product })}>{product.name}</button>
                <span className="amount">{money(product.priceCents, shop?.currency)}</span>
                <span className="soft tax">{percent(product.taxPermille)}</span>
                <button type="button" className="count" data-tone={product.stock <= product.lowAt ? 'warning' : undefined} aria-label={`Stock of ${product.name}: ${product.stock}`} onClick={() => setOpen({ of: 'stock', product })}>
                  {product.stock}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {open?.of === 'product' && <ProductDialog {...(open.product && { product: open.product })} onClose={close} />}
      {open?.of === 'stock' && <StockDialog product={open.product} onClose={close} />}
      {open?.of === 'prices' && <PricesDialog onClose={close} />}
    </>
  )
}

function ProductDialog({ product, onClose }: { readonly product?: Product; onClose(): void }): ReactNode {
  const [sku, setSku] = useState(product?.sku ?? '')
  const [name, setName] = useState(product?.name ?? '')
  const [price, setPrice] = useState(product ? (product.priceCents / 100).toFixed(2) : '')
  const [tax, setTax] = useState(String((product?.taxPermille ?? 190) / 10))
  const [lowAt, setLowAt] = useState(String(product?.lowAt ?? 0))
  const saving = useTask(() =>
    ask(product ? `/products/${product.id}` : '/products', { sku, name, priceCents: centsOf(price) ?? null, taxPermille: Math.round(Number(tax.replace(',', '.')) * 10), lowAt: Number(lowAt) }),
  )
  return (
    <Dialog title={product ? 'Product' : 'New product'} onClose={onClose}>
      <Form task={saving} submit="Save" onDone={onClose} onCancel={onClose} isReady={centsOf(price) !== undefined}>
        <div className="pair">
          <Field label="Number" value={sku} onChange={setSku} required />
          <Field label="Name" value={name} onChange={setName} required />
        </div>
        <div className="pair">
          <Field label="Price without tax" value={price} onChange={setPrice} mode="decimal" required />
          <Field label="Tax in percent" value={tax} onChange={setTax} mode="decimal" required />
        </div>
        <Field label="Order again at" type="number" value={lowAt} onChange={setLowAt} hint="From this stock downwards it is shown on the first page." />
      </Form>
    </Dialog>
  )
}

function StockDialog({ product, onClose }: { readonly product: Product; onClose(): void }): ReactNode {
  const [change, setChange] = useState('')
  const [reason, setReason] = useState('Delivery')
  const moving = useTask(() => ask(`/products/${product.id}/moves`, { change: Number(change), reason }))
  return (
    <Dialog title={`${product.name}: ${product.stock} in stock`} onClose={onClose}>
      <Form task={moving} submit="Save" onDone={onClose} onCancel={onClose} isReady={Number(change) !== 0}>
        <Field label="More, or fewer" type="number" value={change} onChange={setChange} hint="12 came: 12. Three are broken: −3." required />
        <Field label="Why?" value={reason} onChange={setReason} required />
      </Form>
    </Dialog>
  )
}

function PricesDialog({ onClose }: { onClose(): void }): ReactNode {
  const [share, setShare] = useState('')
  const changing = useTask(() => ask('/prices', { permille: Math.round(Number(share.replace(',', '.')) * 10) }))
  return (
    <Dialog title="Change all prices" onClose={onClose}>
      <p>Your data is backed up first. If it was the wrong figure, restore that backup in the settings.</p>
      <Form task={changing} submit="Change all prices" onDone={onClose} onCancel={onClose} isReady={share !== '' && Number.isFinite(Number(share.replace(',', '.')))}>
        <Field label="By how many percent?" value={share} onChange={setShare} mode="decimal" hint="3.5 makes them dearer, −3.5 cheaper." required />
      </Form>
    </Dialog>
  )
}
