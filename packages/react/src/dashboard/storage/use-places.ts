import { useCallback, useMemo } from 'react'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'

type Provider = { readonly name: string; readonly location: string }

/** What each place is called, by its location. */
export function usePlaces(): ReadonlyMap<string, string> {
  const { words } = useDashboard()
  const providers = useHealth().figures?.providers
  return useMemo(() => placeNames(providers ?? [], words.place), [providers, words])
}

/** A text of the handler that speaks of places, with what they are called. */
export function usePlaceText(): (text: string) => string {
  const places = usePlaces()
  return useCallback((text) => [...places].reduce((said, [location, name]) => said.replaceAll(location, name), text), [places])
}

/** Two disks are told apart by the folder. */
export function placeNames(providers: readonly Provider[], nameOf: (name: string) => string): ReadonlyMap<string, string> {
  return new Map(
    providers.map(({ name, location }) => {
      const isAlone = providers.every((other) => other.location === location || nameOf(other.name) !== nameOf(name))
      return [location, isAlone ? nameOf(name) : `${nameOf(name)} ${location.split(/[\\/:]/).findLast(Boolean)}`]
    }),
  )
}
