import type { FlowState } from '@backup/client'
import { useCallback, useEffect, useState } from 'react'

/** Whether a dialogue of something that goes on by itself is to be seen. */
export interface Sight {
  readonly isOpen: boolean
  readonly show: () => void
  readonly hide: () => void
}

/** Somebody may put it out of sight; how it ended they have to be told all the same. */
export function useSight(step: FlowState<unknown, unknown, unknown>['step']): Sight {
  const [isHidden, setHidden] = useState(false)
  const isOver = step === 'done' || step === 'failed'
  useEffect(() => {
    if (isOver) setHidden(false)
  }, [isOver])
  const show = useCallback(() => setHidden(false), [])
  const hide = useCallback(() => setHidden(true), [])
  return { isOpen: step !== 'idle' && !isHidden, show, hide }
}
