import type { ReactNode } from 'react'
import { useBackups } from '../../use-backups.ts'
import { Lately } from '../activity/lately.tsx'
import { Figures } from './figures.tsx'
import { MonthStrip } from './month-strip.tsx'
import { Reasons } from './reasons.tsx'
import { Trend } from './trend.tsx'
import { listed } from '../backups/listed.ts'

/** Everything at a glance. */
export function Overview(): ReactNode {
  const backups = useBackups(listed)
  return (
    <div className="backup-overview">
      <Figures />
      <div className="backup-column">
        <Reasons />
        <Lately limit={5} />
      </div>
      <div className="backup-column">
        <MonthStrip backups={backups} />
        <Trend backups={backups} />
      </div>
    </div>
  )
}
