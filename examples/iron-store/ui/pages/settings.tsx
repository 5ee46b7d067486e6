import { BackupDashboard, type Words, english } from '@backup/react/dashboard'
import type { ReactNode } from 'react'
import { Head } from '../parts/head.tsx'
import { BackupSettings } from './backup-settings.tsx'
import { ShopSettings } from './shop-settings.tsx'

/** What is said to developers elsewhere is said to the owner of a shop here. */
const words: Words = {
  ...english,
  reason: (reason) =>
    reason.title === 'One misfortune could take all copies'
      ? { ...reason, message: 'All copies are in this house: fire or theft would take them with the machine.', action: 'Add Google Drive or OneDrive under “Where backups go”.' }
      : reason,
}

const tabs = [
  ['shop', 'Shop', () => <ShopSettings />],
  ['backups', 'Backups', () => <BackupDashboard theme="inherit" words={words} />],
  ['places', 'Where backups go', () => <BackupSettings />],
] as const

export function Settings({ tab }: { readonly tab: string }): ReactNode {
  const [current, , content] = tabs.find(([name]) => name === tab) ?? tabs[0]
  return (
    <>
      <Head title="Settings" />
      <nav className="tabs" aria-label="Settings">
        {tabs.map(([name, title]) => (
          <a key={name} href={`#/settings/${name}`} aria-current={name === current ? 'page' : undefined}>{title}</a>
        ))}
      </nav>
      {content()}
    </>
  )
}
