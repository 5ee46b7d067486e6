import type { Action } from '@backup/client'
import { useResource } from '../use-store.ts'

/** Whether who looks at this may do that. Until it is known, nobody may; the handler decides in any case. */
export function useMay(): (action: Action) => boolean {
  const { data } = useResource('GET /session')
  return (action) => data?.can.includes(action) ?? false
}
