import { type BackupClient, type BackupClientOptions, createBackupClient } from '@backup/client'
import { type ReactNode, createContext, useContext, useState } from 'react'

const ClientContext = createContext<BackupClient | undefined>(undefined)

export interface BackupClientProviderProps {
  /** A client of your own. @default one that is made with `options` */
  readonly client?: BackupClient
  /** Options of the client that is made when there is none; later changes of them are not looked at. */
  readonly options?: BackupClientOptions
  readonly children?: ReactNode
}

/**
 * Gives a client to all hooks below it.
 *
 * @example
 * ```tsx
 * <BackupClientProvider options={{ url: '/api/backup' }}>
 *   <App />
 * </BackupClientProvider>
 * ```
 */
export function BackupClientProvider({ client, options, children }: BackupClientProviderProps): ReactNode {
  const [own] = useState(() => client ?? createBackupClient(options))
  return <ClientContext.Provider value={client ?? own}>{children}</ClientContext.Provider>
}

/** The client of the nearest provider. @throws when there is none */
export function useBackupClient(): BackupClient {
  const client = useContext(ClientContext)
  if (!client) throw new Error('There is no <BackupClientProvider> around this component. Put one around the part of the page that shows backups.')
  return client
}

/** The same, where there need not be one. */
export function useMaybeBackupClient(): BackupClient | undefined {
  return useContext(ClientContext)
}
