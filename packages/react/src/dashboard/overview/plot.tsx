import { type ReactNode, useId, useState } from 'react'

export interface Point {
  readonly at: number
  readonly value: number
}

export interface PlotProps {
  /** One to three, each with points in the order of time. */
  readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[]
  /** What the plot shows, for those who cannot see it. */
  readonly label: string
  valueText(value: number): string
  timeText(at: number): string
  /** A line across, with what it stands for. */
  readonly target?: { readonly value: number; readonly name: string }
  /** Points alone, where there is nothing between them. */
  readonly isScattered?: boolean
}

const [width, height, top, bottom] = [600, 180, 12, 4]
/** Less than this, in units of the drawing, nobody sees. */
const apart = 1.5

/** Values over time. */
export function Plot({ series, label, valueText, timeText, target, isScattered = false }: PlotProps): ReactNode {
  const id = useId()
  const [pointed, setPointed] = useState<number>()
  const all = series.flatMap(({ points }) => points)
  const [from, to] = [Math.min(...all.map(({ at }) => at)), Math.max(...all.map(({ at }) => at))]
  const ceiling = niceCeiling(Math.max(...all.map(({ value }) => value), target?.value ?? 0))
  const x = (at: number): number => (to === from ? width / 2 : ((at - from) / (to - from)) * width)
  const y = (value: number): number => height - bottom - (value / ceiling) * (height - top - bottom)
  const draw = isScattered ? dots : line
  const shown = pointed === undefined ? undefined : nearest(series[0]!.points, from + pointed * (to - from))
  return (
    <figure className="backup-plot">
      <div
        className="backup-plot-area"
        onPointerMove={({ currentTarget, clientX }) => {
          const { left, width: wide } = currentTarget.getBoundingClientRect()
          setPointed(Math.min(1, Math.max(0, (clientX - left) / wide)))
        }}
        onPointerLeave={() => setPointed(undefined)}
      >
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
          <defs>
            <linearGradient id={id} x1="0" x2="0" y1="0" y2="1">
              <stop offset="0" stopColor="var(--backup-plot-0)" stopOpacity=".28" />
              <stop offset="1" stopColor="var(--backup-plot-0)" stopOpacity="0" />
            </linearGradient>
          </defs>
          {[0, 0.5, 1].map((share) => (
            <path key={share} className="backup-plot-grid" d={`M0 ${y(ceiling * share)}H${width}`} />
          ))}
          {target && <path className="backup-plot-target" d={`M0 ${y(target.value)}H${width}`} />}
          {!isScattered && <path d={`${line(series[0]!.points, x, y)}L${x(to)} ${y(0)}L${x(from)} ${y(0)}Z`} fill={`url(#${id})`} />}
          {series.map(({ name, points }, n) => (
            <path key={name} className="backup-plot-line" data-series={n} d={draw(points, x, y)} data-dots={isScattered || undefined} />
          ))}
          {shown && <path className="backup-plot-cursor" d={`M${x(shown.at)} ${top}V${height - bottom}`} />}
        </svg>
        <span className="backup-plot-max">{valueText(ceiling)}</span>
        {target && (
          <span className="backup-plot-target-name" style={{ top: `${(y(target.value) / height) * 100}%` }}>
            {target.name}
          </span>
        )}
        {shown && (
          <output className="backup-plot-tip" style={{ left: `${(x(shown.at) / width) * 100}%` }} data-side={x(shown.at) > width / 2 ? 'left' : 'right'}>
            <b>{timeText(shown.at)}</b>
            {series.map(({ name, points }, n) => (
              <span key={name} data-series={n}>
                {name}: {valueText(nearest(points, shown.at)?.value ?? 0)}
              </span>
            ))}
          </output>
        )}
      </div>
      <figcaption>
        <span>{timeText(from)}</span>
        <span className="backup-plot-names">
          {series.length > 1 && series.map(({ name }, n) => <span key={name} data-series={n}>{name}</span>)}
        </span>
        <span>{timeText(to)}</span>
      </figcaption>
    </figure>
  )
}

/** A line through what can be told apart: of points that are nearly on the last one drawn, only the last of all is drawn. */
function line(points: readonly Point[], x: (at: number) => number, y: (value: number) => number): string {
  let [path, drawnX, drawnY] = ['', -Infinity, 0]
  for (const [n, { at, value }] of points.entries()) {
    const [toX, toY] = [x(at), y(value)]
    if (n < points.length - 1 && toX - drawnX < apart && Math.abs(toY - drawnY) < apart) continue
    path += `${path === '' ? 'M' : 'L'}${toX.toFixed(1)} ${toY.toFixed(1)}`
    drawnX = toX
    drawnY = toY
  }
  return path
}

/** A line of no length with round ends is a dot, of the same size however the plot is stretched. */
function dots(points: readonly Point[], x: (at: number) => number, y: (value: number) => number): string {
  return points.map(({ at, value }) => `M${x(at).toFixed(1)} ${y(value).toFixed(1)}h.01`).join('')
}

function nearest(points: readonly Point[], at: number): Point | undefined {
  return points.reduce<Point | undefined>((best, point) => (!best || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best), undefined)
}

/** 1, 2, 5, 10, 20 …, the first that is high enough. */
function niceCeiling(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((factor) => factor * power).find((nice) => nice >= value)!
}
