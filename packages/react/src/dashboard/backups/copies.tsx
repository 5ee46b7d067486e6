import type { SnapshotJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'

/** Where the copies of a snapshot are, and where one is still to come. */
export function Copies({ of, names }: { readonly of: SnapshotJson['copies']; readonly names: ReadonlyMap<string, string> }): ReactNode {
  const { words: { backups }, format } = useDashboard()
  const whole = of.filter(({ state }) => state === 'committed').length
  return (
    <span className="backup-copies">
      <span className="backup-unseen">{backups.copiesOf(format.count(whole), format.count(of.length))}</span>
      {of.map(({ location, state }) => {
        const name = names.get(location) ?? location
        const text = (state === 'committed' ? backups.copyIn : backups.copyMissing)(name)
        return (
          <span key={location} className="backup-copy" data-state={state} title={location}>
            {name}
            <span className="backup-unseen">: {text}</span>
          </span>
        )
      })}
    </span>
  )
}
