import type { ConnectionState, HealthJson, StatusJson } from '@backup/client'
import { useMemo } from 'react'
import { useBackupClient } from './provider.tsx'
import { type Fetched, useResource, useStore } from './use-store.ts'

export interface HealthState extends Fetched<HealthJson> {
  /** How it stands, in figures: last and next run, sizes, what each provider holds. */
  readonly figures: StatusJson | undefined
}

/** How it is, why, and what to do. */
export function useHealth(): HealthState {
  const health = useResource('GET /health')
  const { data: figures } = useResource('GET /status')
  return useMemo(() => ({ ...health, figures }), [health, figures])
}

const idle: ConnectionState = { status: 'idle' }

/** Whether events arrive, and what is in the way. */
export function useConnection(): ConnectionState {
  return useStore(useBackupClient().connection, () => idle)
}
