// First: it says in which order the layers come.
import './styles/base.css'
import '@backup/react/dashboard.css'
import './styles/parts.css'
import './styles/pages.css'
import { createBackupClient } from '@backup/client'
import { BackupClientProvider } from '@backup/react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { token } from './token.ts'

// One client for the page: the line in its header and the dashboard share what they know, and one stream of events.
const client = createBackupClient({ url: '/api/backup', headers: { authorization: `Bearer ${token}` } })

createRoot(document.getElementById('root')!).render(
  <BackupClientProvider client={client}>
    <App />
  </BackupClientProvider>,
)
