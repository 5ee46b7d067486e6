import { useJobs, useRunningJobs } from '@backup/react'
import { type ReactNode, useEffect, useState } from 'react'
import type { ShownSettings } from '../backup/settings.ts'
import { changed, useAsk } from './ask.ts'
import { Customers } from './pages/customers.tsx'
import { Home } from './pages/home.tsx'
import { InvoicePage } from './pages/invoice.tsx'
import { Invoices } from './pages/invoices.tsx'
import { NewInvoice } from './pages/new-invoice.tsx'
import { Products } from './pages/products.tsx'
import { Settings } from './pages/settings.tsx'
import { Welcome } from './pages/welcome.tsx'
import { Interrupted } from './parts/interrupted.tsx'
import { Notice, Problem } from './parts/notice.tsx'
import { SafetyLine } from './parts/safety-line.tsx'
import { useRoute } from './route.ts'

const links = [
  ['/', 'Today', 'M3 11 12 4l9 7v9h-6v-6H9v6H3z'],
  ['/invoices', 'Invoices', 'M6 3h9l4 4v14H6zM9 9h6M9 13h6M9 17h4'],
  ['/products', 'Products', 'M3 8l9-5 9 5v9l-9 5-9-5zM3 8l9 5 9-5M12 13v9'],
  ['/customers', 'Customers', 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-7 8-7s8 3 8 7'],
  ['/settings', 'Settings', 'M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6'],
] as const

const pages: readonly (readonly [RegExp, (id: string) => ReactNode])[] = [
  [/^\/invoices\/new$/, () => <NewInvoice />],
  [/^\/invoices\/(\d+)$/, (id) => <InvoicePage id={Number(id)} />],
  [/^\/invoices$/, () => <Invoices />],
  [/^\/products$/, () => <Products />],
  [/^\/customers$/, () => <Customers />],
  [/^\/settings(?:\/(\w+))?$/, (tab) => <Settings tab={tab} />],
]

export function App(): ReactNode {
  const route = useRoute()
  const { data: settings, error, retry } = useAsk<ShownSettings>('/settings')
  const [isLater, setLater] = useState(false)
  if (!settings) return <main className="page">{error && <Problem error={error} retry={retry} />}</main>
  const hasCloud = settings.google !== undefined || settings.microsoft !== undefined
  const hasPlace = settings.backupFolder !== undefined || hasCloud
  // Who returns names the cloud first, and brings his data back from there then.
  const isNew = settings.backupFolder === undefined && (!hasCloud || settings.isEmpty)
  if (isNew && !isLater) return <Welcome settings={settings} onLater={() => setLater(true)} />
  const [pattern, page] = pages.find(([known]) => known.test(route)) ?? [/^/, () => <Home />]
  return (
    <>
      <header className="top">
        <a className="brand" href="#/">
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 7h5v2h14c0 3-3 4-6 4.500V16h3v3H6v-3h3v-2.500C5 13 3 10.500 2 7z" /></svg>
          Iron Store
        </a>
        <nav aria-label="Main">
          {links.map(([to, name, path]) => (
            <a key={to} href={`#${to}`} aria-current={(to === '/' ? route === '/' : route.startsWith(to)) ? 'page' : undefined}>
              <svg viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg>
              {name}
            </a>
          ))}
        </nav>
        <SafetyLine isOff={!hasPlace} />
      </header>
      <main className="page">
        <Restoring />
        <Interrupted />
        {page(pattern.exec(route)?.[1] ?? '')}
      </main>
    </>
  )
}

/** Who writes while data is restored is refused, and should know why; who has waited sees what came back. */
function Restoring(): ReactNode {
  const { data: jobs } = useJobs()
  const running = useRunningJobs()
  const done = jobs?.filter(({ operation, state }) => operation === 'restore' && state !== 'running').length ?? 0
  useEffect(() => {
    if (done > 0) changed()
  }, [done])
  const isRestoring = jobs?.some(({ id, operation }) => operation === 'restore' && running.includes(id))
  if (!isRestoring) return null
  return <Notice tone="warning" title="Data is being restored">You can look around. Writing waits until it is done; what you have entered stays where it is.</Notice>
}
