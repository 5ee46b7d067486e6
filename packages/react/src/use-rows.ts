import { type JobJson, type RowPageJson, type RowsFlow, type RowsQuery, type RowsState, createRowsFlow } from '@backup/client'
import { useMemo } from 'react'
import { useBackupClient } from './provider.tsx'
import { useFollowed } from './use-restore.ts'
import { type Fetched, useFetched, useStore } from './use-store.ts'

export interface Rows extends Fetched<RowPageJson> {
  /** Fetches the next page. Does nothing when there is none. */
  loadMore(): Promise<void>
}

/** Rows of a table as it was, in the order of their key. */
export function useRows(query: RowsQuery): Rows {
  const list = useBackupClient().rows(query)
  return useFetched(list, () => ({ loadMore: list.loadMore }))
}

export interface RowsBack extends Pick<RowsFlow, 'plan' | 'confirm' | 'cancel' | 'undo' | 'reset'> {
  readonly state: RowsState
}

const idle: RowsState = { step: 'idle' }

/**
 * Single rows on their way back, in steps: plan, look at it, say why, watch, perhaps undo. What is under way already is followed by itself,
 * as in `useRestore()`.
 */
export function useRowsBack(): RowsBack {
  const client = useBackupClient()
  const flow = useMemo(() => createRowsFlow(client), [client])
  const state = useStore(flow, () => idle)
  useFollowed(flow, isOfRows)
  return useMemo(() => ({ ...flow, state }), [flow, state])
}

const isOfRows = ({ part }: JobJson): boolean => part !== undefined
