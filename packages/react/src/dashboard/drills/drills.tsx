import type { DrillReportJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useDrills } from '../../use-drills.ts'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'
import { Plot } from '../overview/plot.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { usePlaces } from '../storage/use-places.ts'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'

/** A target that is further away would leave nothing to see of what was measured. */
const far = 4
const tones = { sound: 'good', damaged: 'critical', failed: 'warning', refused: 'warning' } as const

/** Rehearsed restores, with what they measured. */
export function Drills(): ReactNode {
  const { words: { drills: words, loading }, format } = useDashboard()
  const { data, error, refresh, start } = useDrills()
  const { data: health } = useHealth()
  const may = useMay()
  const starting = useTask(() => start())
  const drills = data?.drills ?? []
  const measured = drills.filter(({ ok }) => ok).map(({ time, rtoMs }) => ({ at: Date.parse(time), value: rtoMs })).reverse()
  const target = health?.figures.rto.targetMs
  const aside = may('run') && <Button look="primary" isBusy={starting.isBusy} onClick={() => void starting.run()}>{words.start}</Button>
  return (
    <Panel title={words.title} aside={aside}>
      <p className="backup-hint">{words.hint}</p>
      <Problem error={starting.error} />
      {!data && !error && <Waiting label={loading} lines={4} />}
      {!data && <Problem error={error} retry={refresh} />}
      {data && drills.length === 0 && <p className="backup-empty">{words.none}</p>}
      {measured.length > 1 && (
        <Plot
          series={[{ name: words.plot, points: measured }]}
          label={`${words.plot}. ${words.measured(format.duration(measured.at(-1)!.value))}`}
          valueText={format.duration}
          timeText={format.date}
          {...(target !== undefined && target < far * Math.max(...measured.map(({ value }) => value)) && { target: { value: target, name: words.target(format.duration(target)) } })}
        />
      )}
      {drills.length > 0 && <Table drills={drills} />}
    </Panel>
  )
}

function Table({ drills }: { readonly drills: readonly DrillReportJson[] }): ReactNode {
  const { words: { drills: { columns, outcomes, predicted, rows } }, format } = useDashboard()
  const places = usePlaces()
  const counted = (counts: DrillReportJson['counts']): string => (counts ? rows(format.count(Object.values(counts).reduce((sum, count) => sum + count, 0))) : '')
  return (
    <div className="backup-scroll" tabIndex={0} role="group" aria-label={columns.outcome}>
      <table className="backup-table">
        <thead>
          <tr>
            {Object.values(columns).map((name) => (
              <th key={name} scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drills.map(({ mac, time, outcome, rtoMs, predictedRtoMs, snapshot, from, findings, counts }) => (
            <tr key={mac}>
              <td><time dateTime={time}>{format.dateTime(time)}</time></td>
              <td><Badge tone={tones[outcome]} title={findings.join('; ')}>{outcomes[outcome]}</Badge></td>
              <td>{format.duration(rtoMs)}<span className="backup-hint">{predictedRtoMs !== rtoMs && ` · ${predicted(format.duration(predictedRtoMs))}`}</span></td>
              <td>{format.dateTime(snapshot.time)}</td>
              <td className="backup-location" title={from}>{places.get(from) ?? from}</td>
              <td>{findings.length > 0 ? findings.join('; ') : counted(counts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
