import type { ReactNode } from 'react'
import { useConnection } from '../use-health.ts'
import { useDashboard } from './context.tsx'
import { plainProblem } from './plain-problems.ts'

/** Whether what is shown is live; in words only when it is not. */
export function ConnectionLine(): ReactNode {
  const { words: { connection, problem } } = useDashboard()
  const { status, error } = useConnection()
  const isLoud = status === 'polling' || status === 'offline'
  return (
    <p className={isLoud ? 'backup-connection' : 'backup-connection backup-connection-quiet'} data-status={status} role="status">
      <span aria-hidden="true" />
      {status === 'offline' && error && error.code !== 'network' ? plainProblem(error, problem).title : connection[status]}
    </p>
  )
}
