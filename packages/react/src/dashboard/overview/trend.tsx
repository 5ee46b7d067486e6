import type { SnapshotJson } from '@backup/client'
import { type ReactNode, useMemo, useState } from 'react'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'
import { Panel } from '../parts/panel.tsx'
import { monthlyCost } from './cost.ts'
import { type ListedProps, NotListed } from './not-listed.tsx'
import { Plot, type Point } from './plot.tsx'

const daysOfMonth = 30
const none: readonly never[] = []

/** How the data grows, what is stored of it, and what that costs. */
export function Trend({ backups }: ListedProps): ReactNode {
  const { words: { trend }, format, prices } = useDashboard()
  const { figures } = useHealth()
  const [wanted, setWanted] = useState<'size' | 'cost'>('size')
  const snapshots = backups.data?.snapshots ?? none
  const { source, stored } = useMemo(() => pointsOf(snapshots), [snapshots])
  const providers = figures?.providers ?? []
  const currency = monthlyCost(0, providers, prices)?.currency
  const isCost = wanted === 'cost' && currency !== undefined
  const first = source[0]
  const last = source.at(-1)
  const growth = figures?.sourceTrend && figures.sourceTrend.bytesPerDay * daysOfMonth
  const rate = growth === undefined ? '' : Math.abs(growth) < 1000 ? trend.steady : (growth > 0 ? trend.grows : trend.shrinks)(format.bytes(Math.abs(growth)))
  const aside = currency !== undefined && (
    <div className="backup-choice" role="group" aria-label={trend.title}>
      <button type="button" aria-pressed={!isCost} onClick={() => setWanted('size')}>{trend.showSize}</button>
      <button type="button" aria-pressed={isCost} onClick={() => setWanted('cost')}>{trend.showCost}</button>
    </div>
  )
  return (
    <Panel title={<>{trend.title} {rate && <small>{rate}</small>}</>} aside={aside}>
      {!backups.data ? (
        <NotListed backups={backups} />
      ) : !first || !last || source.length < 2 ? (
        <p className="backup-empty">{trend.tooFew}</p>
      ) : isCost ? (
        <Plot
          series={[{ name: trend.cost, points: stored.map(({ at, value }) => ({ at, value: monthlyCost(value, providers, prices)!.amount })) }]}
          label={trend.cost}
          valueText={(value) => format.money(value, currency)}
          timeText={format.date}
        />
      ) : (
        <Plot
          series={[{ name: trend.source, points: source }, { name: trend.stored, points: stored }]}
          label={`${trend.title}: ${trend.fromTo(format.bytes(first.value), format.bytes(last.value))} ${rate}`}
          valueText={format.bytes}
          timeText={format.date}
        />
      )}
    </Panel>
  )
}

/** What is left tells nothing of what retention gave back: what is stored adds up over what is still there. */
function pointsOf(snapshots: readonly SnapshotJson[]): { readonly source: Point[]; readonly stored: Point[] } {
  const oldestFirst = snapshots.toReversed()
  let sum = 0
  return {
    source: oldestFirst.map(({ time, sizeBytes }) => ({ at: Date.parse(time), value: sizeBytes })),
    stored: oldestFirst.map(({ time, storedBytes }) => ({ at: Date.parse(time), value: (sum += storedBytes) })),
  }
}
