import type { BackupClient } from '@backup/client'
import { BackupDashboard } from '@backup/react/dashboard'
import { type ReactNode, StrictMode, act, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'

// Bundled with each version of React: see versions.test.ts.
export { act, version }

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
  act(() => root.render(page(client)))
  return () => act(() => root.unmount())
}

export function overServer(container: HTMLElement, client: BackupClient, onError: (error: unknown) => void): () => void {
  let root: ReturnType<typeof hydrateRoot>
  act(() => void (root = hydrateRoot(container, page(client), { onRecoverableError: onError })))
  return () => act(() => root.unmount())
}
