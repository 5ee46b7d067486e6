import type { CallArguments, ClientError, Resource, ResourceRoute, ResourceState, Routes, Store } from '@backup/client'
import { useMemo, useSyncExternalStore } from 'react'
import { useBackupClient } from './provider.tsx'

/** How it stands with something that is fetched. Without `data` nothing came yet; with `error` and `data`, what is shown may be old. */
export interface Fetched<Data> {
  readonly status: 'pending' | 'ready' | 'failed'
  readonly data: Data | undefined
  readonly error: ClientError | undefined
  /** Fetches it now. Rejects when that fails. */
  refresh(): Promise<unknown>
}

const pending: ResourceState<never> = { status: 'pending' }
const nothingYet = (): ResourceState<never> => pending

/**
 * The state of any store of the client.
 *
 * @param atFirst what a server renders, and the page before it is alive
 */
export function useStore<State>(store: Store<State>, atFirst: () => State = store.getSnapshot): State {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, atFirst)
}

/** A resource of the client, with something of your own added to it: `more` is asked only when the client or the resource is another. */
export function useFetched<Data, More extends object>(resource: Resource<Data>, more: () => More): Fetched<Data> & More {
  const { status, data, error } = useStore<ResourceState<Data>>(resource, nothingYet)
  return useMemo(() => ({ status, data, error, refresh: resource.refresh, ...more() }), [status, data, error, resource])
}

/**
 * What a route answers, kept up to date. For what no other hook is for.
 *
 * @example
 * ```tsx
 * const { data } = useResource('GET /configuration')
 * ```
 */
export function useResource<Name extends ResourceRoute>(name: Name, ...given: CallArguments<Name>): Fetched<Routes[Name]['answer']> {
  const client = useBackupClient()
  return useFetched(client.resource(name, ...given), nothing)
}

export const nothing = (): object => ({})
