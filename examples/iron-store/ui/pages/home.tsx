import type { ReactNode } from 'react'
import type { Figures, Sales } from '../../store/figures.ts'
import type { InvoiceSummary } from '../../store/invoices.ts'
import type { Shop } from '../../store/shop.ts'
import { useAsk } from '../ask.ts'
import { date, money } from '../format.ts'
import { Head } from '../parts/head.tsx'
import { Problem } from '../parts/notice.tsx'
import { InvoiceList } from './invoice-list.tsx'

const shown = 6

/** How the day goes. */
export function Home(): ReactNode {
  const { data: figures, error, retry } = useAsk<Figures>('/figures')
  const { data: invoices } = useAsk<readonly InvoiceSummary[]>('/invoices')
  const { data: shop } = useAsk<Shop>('/shop')
  return (
    <>
      <Head title={shop?.name ?? ' '}>
        <a className="button primary" href="#/invoices/new">New invoice</a>
      </Head>
      <Problem error={error} retry={retry} />
      {figures && shop && (
        <>
          <div className="tiles">
            <Tile name="Sold today" of={figures.today} currency={shop.currency} />
            <Tile name="Sold this month" of={figures.month} currency={shop.currency} />
            <section className="card tile wide">
              <h2>The last 30 days</h2>
              <Bars days={figures.days} currency={shop.currency} />
            </section>
          </div>
          <div className="halves">
            <section className="card">
              <h2>Latest invoices</h2>
              <InvoiceList invoices={invoices?.slice(0, shown) ?? []} currency={shop.currency} />
            </section>
            <section className="card">
              <h2>Running low</h2>
              {figures.low.length === 0 && <p className="soft">There is enough of everything.</p>}
              <ul className="plain">
                {figures.low.map(({ id, name, stock, lowAt }) => (
                  <li key={id}>
                    <span>{name}</span>
                    <span className="count" data-tone={stock === 0 ? 'critical' : 'warning'}>{stock} of {lowAt}</span>
                  </li>
                ))}
              </ul>
            </section>
          </div>
        </>
      )}
    </>
  )
}

function Tile({ name, of: { invoices, netCents }, currency }: { readonly name: string; readonly of: Sales; readonly currency: string }): ReactNode {
  return (
    <section className="card tile">
      <h2>{name}</h2>
      <p className="figure">{money(netCents, currency)}</p>
      <p className="soft">{invoices === 1 ? '1 invoice' : `${invoices} invoices`}, without tax</p>
    </section>
  )
}

const [width, height, gap] = [600, 90, 4] as const

function Bars({ days, currency }: { readonly days: Figures['days']; readonly currency: string }): ReactNode {
  const most = Math.max(1, ...days.map(({ netCents }) => netCents))
  const step = width / days.length
  const total = days.reduce((sum, { netCents }) => sum + netCents, 0)
  return (
    <svg className="bars" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${money(total, currency)} in 30 days`}>
      {days.map(({ day, netCents }, at) => {
        const tall = Math.max(2, (Math.max(0, netCents) / most) * height)
        return (
          <rect key={day} x={at * step + gap / 2} y={height - tall} width={step - gap} height={tall} rx="2">
            <title>{`${date(`${day}T12:00`)}: ${money(netCents, currency)}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}
