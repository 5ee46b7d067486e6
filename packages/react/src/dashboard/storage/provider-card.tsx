import type { ProviderJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'
import { Badge } from '../parts/badge.tsx'
import { Failure } from '../parts/failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { useNow } from '../use-now.ts'

/** From here on a provider is nearly full. */
const nearlyFull = 0.8

export interface ProviderCardProps {
  readonly provider: ProviderJson
  readonly title: string
  /** Nothing was ever set up: it is not there because nobody has made it. */
  readonly isNew: boolean
}

const notMade = ['target-missing', 'not-a-repository']

export function ProviderCard({ provider, title, isNew }: ProviderCardProps): ReactNode {
  const { words: { storage, backupsCount }, format } = useDashboard()
  const now = useNow()
  const { location, nearby, snapshots, waiting, usage, usedShare, fullAt } = provider
  const isFresh = isNew && (!provider.problem || notMade.includes(provider.problem.kind))
  const problem = isFresh ? undefined : provider.problem
  const tone = problem ? 'critical' : waiting > 0 || (usedShare ?? 0) >= nearlyFull ? 'warning' : 'good'
  return (
    <li className="backup-card" data-tone={tone}>
      <div className="backup-card-head">
        <Icon name={nearby ? 'disk' : 'cloud'} size={26} />
        <div>
          <h4>{title}</h4>
          <p className="backup-hint backup-location" title={location}>{location}</p>
        </div>
        <Badge tone={isFresh ? 'accent' : problem ? 'critical' : waiting > 0 ? 'warning' : 'good'}>
          {isFresh ? storage.fresh : problem ? storage.problem : waiting > 0 ? storage.waiting(format.count(waiting)) : storage.ready}
        </Badge>
      </div>
      {problem && <div className="backup-card-problem"><Failure of={problem} /></div>}
      {usedShare !== undefined && (
        <meter className="backup-meter" aria-label={storage.quota} value={usedShare} min={0} max={1} high={nearlyFull} optimum={0}>
          {format.percent(usedShare)}
        </meter>
      )}
      <p className="backup-card-foot">
        {usage?.totalBytes !== undefined && usage.usedBytes !== undefined && <span>{storage.used(format.bytes(usage.usedBytes), format.bytes(usage.totalBytes))}</span>}
        {usage?.totalBytes === undefined && usage?.usedBytes !== undefined && <span>{storage.usedOnly(format.bytes(usage.usedBytes))}</span>}
        {usage?.freeBytes !== undefined && <span>{storage.free(format.bytes(usage.freeBytes))}</span>}
        {fullAt && <span>{storage.full(format.ago(fullAt, now))}</span>}
      </p>
      <p className="backup-hint">
        {!isFresh && `${storage.whole(backupsCount(format.count(snapshots)))} · `}
        {nearby ? storage.nearby : storage.faraway}
      </p>
    </li>
  )
}
