import { useResource } from '@backup/react'
import { BackupDashboard } from '@backup/react/dashboard'
import type { ReactNode } from 'react'
import { Head } from '../parts/head.tsx'
import { Unlock } from '../parts/unlock.tsx'
import { words } from '../plain-words.ts'
import { openOutside } from '../token.ts'
import { BackupSettings } from './backup-settings.tsx'
import { ShopSettings } from './shop-settings.tsx'

const tabs = [
  ['shop', 'Shop', () => <ShopSettings />],
  ['backups', 'Backups', () => <Backups />],
  ['places', 'Where backups go', () => <BackupSettings />],
] as const

/** The accounts in its tab for storage are where one signs in. */
const accounts = 'accounts'

export function Settings({ tab }: { readonly tab: string }): ReactNode {
  const [current, , content] = tabs.find(([name]) => name === (tab === accounts ? 'backups' : tab)) ?? tabs[0]
  return (
    <>
      <Head title="Settings" />
      <nav className="tabs" aria-label="Settings">
        {tabs.map(([name, title]) => (
          <a key={name} href={`#/settings/${name}`} aria-current={name === current ? 'page' : undefined}>{title}</a>
        ))}
      </nav>
      {tab === accounts ? <Backups key={accounts} initialTab="storage" /> : content()}
    </>
  )
}

function Backups({ initialTab = 'overview' }: { readonly initialTab?: 'overview' | 'storage' }): ReactNode {
  const { data: setup } = useResource('GET /setup')
  // Without the key there is nothing else to be seen or done.
  if (setup?.state === 'locked') return <Unlock />
  return <BackupDashboard theme="inherit" words={words} initialTab={initialTab} {...(openOutside && { openUrl: openOutside })} />
}
