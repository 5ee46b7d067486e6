import type { RetentionPreviewJson } from '@backup/client'
import { type ReactNode, useMemo } from 'react'
import { useDashboard } from '../context.tsx'

export interface LanesProps {
  readonly preview: RetentionPreviewJson
  /** Of the backups that are drawn. */
  readonly times: ReadonlyMap<string, number>
  /** Of all there are. */
  readonly total: number
  readonly nowMs: number
}

const dayMs = 86_400_000
const [width, height] = [1000, 28]
/** From here on a text has no room to the right of its mark. */
const nearEnd = 0.92
const marks = { now: 0, week: 7, month: 30, year: 365, years: 3650 } as const

/** For each time a line with a mark for every backup that would be left, the newest at the left: days there are as wide as years at the right. */
export function Lanes({ preview, times, total, nowMs }: LanesProps): ReactNode {
  const { words: { retention: words }, format } = useDashboard()
  const oldestDays = Math.max(8, (nowMs - Math.min(nowMs, ...times.values())) / dayMs)
  const x = (days: number): number => (Math.log1p(Math.max(0, days)) / Math.log1p(oldestDays)) * (width - 4) + 2
  const lanes = useMemo(
    () =>
      preview.steps.map(({ at, keep }) => {
        const left = new Set(keep.map(({ id }) => id))
        const draw = (isLeft: boolean): string =>
          [...times].filter(([id]) => left.has(id) === isLeft).map(([, time]) => `M${x((nowMs - time) / dayMs).toFixed(1)} 4v${height - 8}`).join('')
        return { at, left: left.size, kept: draw(true), gone: draw(false) }
      }),
    [preview, times, nowMs],
  )
  return (
    <div className="backup-lanes">
      <ol>
        {lanes.map(({ at, left, kept, gone }, n) => {
          const name = words.at[n] ?? format.date(at)
          const [some, all] = [format.count(left), format.count(total)]
          return (
            <li key={n}>
              <span className="backup-lane-name">{name}</span>
              <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={words.lane(name, some, all)}>
                <path className="backup-lane-gone" d={gone} />
                <path className="backup-lane-kept" d={kept} />
              </svg>
              <span className="backup-lane-count" aria-hidden="true">{words.left(some, all)}</span>
            </li>
          )
        })}
      </ol>
      <p className="backup-lane-axis" aria-hidden="true">
        {Object.entries(marks)
          .filter(([, days]) => days <= oldestDays)
          .map(([name, days]) => (
            <span key={name} style={{ left: `${(x(days) / width) * 100}%`, ...(x(days) > nearEnd * width && { translate: '-100%' }) }}>{words.axis[name as keyof typeof marks]}</span>
          ))}
      </p>
    </div>
  )
}
