import type { ReactNode } from 'react'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'
import { useNow } from '../use-now.ts'
import { monthlyCost } from './cost.ts'

/** What it was judged by, in figures. */
export function Figures(): ReactNode {
  const { words: { figures: words, backupsCount }, format, prices } = useDashboard()
  const { data, figures } = useHealth()
  const now = useNow()
  const { rpo, rto, successRate, verified, threeTwoOne } = data?.figures ?? {}
  const costs = figures && monthlyCost(figures.storedBytes, figures.providers, prices)
  // Copies of nothing are none.
  const hasBackups = (figures?.snapshots ?? 0) > 0
  const share = (value: number | undefined): string => (value === undefined ? words.nothing : format.percent(value))
  const tiles: readonly (readonly [name: string, value: ReactNode, hint: ReactNode, isBad?: boolean | undefined])[] = [
    [
      words.atStake,
      rpo?.measuredMs === undefined ? words.nothing : format.duration(rpo.measuredMs),
      rpo && words.atStakeHint(format.duration(rpo.targetMs)),
      rpo && (rpo.measuredMs ?? 0) > rpo.targetMs,
    ],
    [
      words.restoreTime,
      rto?.measuredMs === undefined ? words.nothing : format.duration(rto.measuredMs),
      rto && (rto.at ? words.restoreTimeHint(format.past(rto.at, now)) : words.restoreTimeUnknown),
      rto?.targetMs !== undefined && (rto.measuredMs ?? 0) > rto.targetMs,
    ],
    [words.copies, threeTwoOne && hasBackups ? format.count(threeTwoOne.copies) : words.nothing, threeTwoOne && hasBackups && (threeTwoOne.ok ? words.copiesGood : words.copiesBad)],
    [words.verified, share(verified?.share), verified && words.verifiedHint],
    [words.success, share(successRate), successRate !== undefined && words.successHint, successRate !== undefined && successRate < 0.9],
    [words.stored, figures ? format.bytes(figures.storedBytes) : words.nothing, figures && words.storedHint(backupsCount(format.count(figures.snapshots)))],
    ...(costs ? [[words.cost, format.money(costs.amount, costs.currency), words.costHint] as const] : []),
  ]
  return (
    <dl className="backup-figures" aria-label={words.label}>
      {tiles.map(([name, value, hint, isBad]) => (
        <div key={name} data-tone={isBad ? 'critical' : undefined}>
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong>
            <span>{hint}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
