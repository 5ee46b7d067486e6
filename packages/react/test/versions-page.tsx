import type { BackupClient } from '@backup/client'
import { BackupDashboard } from '@backup/react/dashboard'
import { type ReactNode, StrictMode, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'

// Bundled with each version of React: see versions.test.ts.
export { version }

const page = (client: BackupClient): ReactNode => (
  <StrictMode>
    <BackupDashboard client={client} locale="en" />
  </StrictMode>
)

export function onServer(client: BackupClient): string {
  return renderToString(page(client))
}

export function inPage(container: HTMLElement, client: BackupClient): () => void {
  const root = createRoot(container)
  root.render(page(client))
  return () => root.unmount()
}

export function overServer(container: HTMLElement, client: BackupClient, onError: (error: unknown) => void): () => void {
  const root = hydrateRoot(container, page(client), { onRecoverableError: onError })
  return () => root.unmount()
}
