import { isClientError } from '@backup/client'
import { useCallback, useState } from 'react'
import type { Failing } from './plain-problems.ts'

/** Something that somebody started with a click. */
export interface Task<Arguments extends readonly unknown[]> {
  readonly isBusy: boolean
  readonly error: Failing | undefined
  /** @returns whether it went well */
  run(...given: Arguments): Promise<boolean>
  clear(): void
}

export function useTask<Arguments extends readonly unknown[]>(work: (...given: Arguments) => Promise<unknown>): Task<Arguments> {
  const [state, setState] = useState<{ isBusy: boolean; error?: Failing }>({ isBusy: false })
  const run = async (...given: Arguments): Promise<boolean> => {
    setState({ isBusy: true })
    try {
      await work(...given)
      setState({ isBusy: false })
      return true
    } catch (thrown) {
      setState({ isBusy: false, error: isClientError(thrown) ? thrown : { message: String(thrown), hint: '' } })
      return false
    }
  }
  const clear = useCallback(() => setState({ isBusy: false }), [])
  return { isBusy: state.isBusy, error: state.error, run, clear }
}
