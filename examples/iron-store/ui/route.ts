import { useSyncExternalStore } from 'react'

/** Behind the `#` of the address: `/invoices/12`. */
export function useRoute(): string {
  return useSyncExternalStore(
    (listener) => {
      addEventListener('hashchange', listener)
      return () => removeEventListener('hashchange', listener)
    },
    () => location.hash.slice(1) || '/',
  )
}

export function goTo(route: string): void {
  location.hash = route
}
