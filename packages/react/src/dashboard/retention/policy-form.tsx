import type { RetentionRulesJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'

export type Preset = 'configured' | 'fifteenYears' | 'custom'
export const periods = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
export type Counts = Readonly<Record<(typeof periods)[number], string>>

/** What counts mean as a policy; nothing when they keep nothing. */
export function rulesOf(preset: Preset, counts: Counts): RetentionRulesJson | undefined {
  if (preset === 'fifteenYears') return { preset }
  const given = periods.flatMap((period) => {
    const count = Math.trunc(Number(counts[period]))
    if (!(count > 0) || count > 1_000_000) return []
    return [[period, period === 'last' ? count : { count }] as const]
  })
  return given.length > 0 ? Object.fromEntries(given) : undefined
}

export interface PolicyFormProps {
  readonly preset: Preset
  readonly counts: Counts
  onPreset(preset: Preset): void
  onCounts(counts: Counts): void
}

export function PolicyForm({ preset, counts, onPreset, onCounts }: PolicyFormProps): ReactNode {
  const { words: { retention: words } } = useDashboard()
  return (
    <div className="backup-policy">
      <div className="backup-choice" role="group" aria-label={words.try}>
        {(Object.entries(words.presets) as [Preset, string][]).map(([name, title]) => (
          <button key={name} type="button" aria-pressed={preset === name} onClick={() => onPreset(name)}>{title}</button>
        ))}
      </div>
      {preset === 'custom' && (
        <fieldset className="backup-counts">
          <legend className="backup-hint">{words.fieldHint}</legend>
          {periods.map((period) => (
            <label key={period}>
              {words.fields[period]}
              <input
                type="number"
                inputMode="numeric"
                min={0}
                max={1_000_000}
                value={counts[period]}
                onChange={(event) => onCounts({ ...counts, [period]: event.target.value })}
              />
            </label>
          ))}
        </fieldset>
      )}
    </div>
  )
}
