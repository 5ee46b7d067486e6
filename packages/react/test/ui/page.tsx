import '@backup/react/dashboard.css'
import { createBackupClient } from '@backup/client'
import { BackupDashboard, type BackupDashboardProps } from '@backup/react/dashboard'
import { createRoot } from 'react-dom/client'

// What the tests set is in the address: the page itself is that of an application.
const { searchParams } = new URL(location.href)
const theme = (searchParams.get('theme') ?? 'auto') as NonNullable<BackupDashboardProps['theme']>
const initialTab = (searchParams.get('tab') ?? 'overview') as NonNullable<BackupDashboardProps['initialTab']>

performance.mark('start')
createRoot(document.getElementById('root')!).render(
  <BackupDashboard
    client={createBackupClient({ pollMs: 500 })}
    theme={theme}
    initialTab={initialTab}
    locale="en-GB"
    prices={{ gdrive: { perGigabyteMonth: 0.02, currency: 'EUR' } }}
    onRestart={() => document.body.setAttribute('data-restarted', '')}
  />,
)
