import { BackupError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'
import { chooseCompression } from './compression.ts'
import { chooseInterval } from './interval.ts'
import type { Measured, TunePreset, TuneReason, TunedSettings } from './settings.ts'

export interface TuneOptions {
  /** @default neither: quick, at no great cost to the host */
  readonly preset?: TunePreset
  /** What is not to be chosen. It is reported like the rest. */
  readonly override?: Partial<TunedSettings>
  /** Milliseconds between runs that are to be kept to. @default 5 minutes to 6 hours */
  readonly intervals?: { readonly minMs: number; readonly maxMs: number }
}

export interface Tuning {
  readonly settings: TunedSettings
  /** One for each setting. */
  readonly reasons: readonly TuneReason[]
}

const presets: readonly TunePreset[] = ['highPerformance', 'maxReliability']
/** Measured: 160 MB without, 256 MB with two. */
const workerBytes = 48e6
const engineBytes = 160e6
const hourMs = 3_600_000

/**
 * Chooses settings from what was measured, and says why. A pure function: measure again and call it again.
 *
 * @throws `config` for an unknown preset or setting, or a measure that is no number
 * @example
 * ```ts
 * const { settings, reasons } = tune({ cores: 8, uploadBytesPerSecond: 2e6, providers: 2 }, { preset: 'highPerformance' })
 * const { workers, compression, deltas, copies } = settings
 * const backup = createBackup({ source, providers, keys, workers, compression, deltas, copies })
 * ```
 */
export function tune(measured: Measured, options: TuneOptions = {}): Tuning {
  const { preset, override = {} } = options
  check(measured, options)
  const [workers, whyWorkers] = chooseWorkers(measured, preset)
  const chosen: { [Setting in keyof TunedSettings]: readonly [TunedSettings[Setting], string] } = {
    workers: [workers, whyWorkers],
    compression: chooseCompression(measured, preset, override.workers ?? workers),
    deltas: chooseDeltas(measured, preset),
    copies: chooseCopies(measured, preset),
    intervalMs: chooseFrequency(measured, options),
  }
  const reasons = (Object.keys(chosen) as (keyof TunedSettings)[]).map((setting): TuneReason => {
    const given = override[setting]
    const [value, reason] = chosen[setting]
    return given === undefined ? { setting, value, reason, overridden: false } : { setting, value: given, reason: 'it was given', overridden: true }
  })
  return { settings: Object.fromEntries(reasons.map(({ setting, value }) => [setting, value])) as unknown as TunedSettings, reasons }
}

function chooseWorkers({ cores, memoryBytes, sizeBytes }: Measured, preset: TunePreset | undefined): [number, string] {
  const most = preset === 'highPerformance' ? 8 : 4
  const byCores = cores === undefined ? 2 : Math.max(1, Math.min(most, preset === 'highPerformance' ? cores : Math.ceil(cores / 2)))
  const byMemory = memoryBytes === undefined ? Infinity : Math.max(0, Math.floor((memoryBytes - engineBytes) / workerBytes))
  if (byMemory < byCores) return [byMemory, `memory of ${Math.round((memoryBytes ?? 0) / 1e6)} MB has room for no more`]
  if (sizeBytes !== undefined && sizeBytes < 16e6) return [Math.min(1, byCores), 'there is little to do, and starting threads takes longer']
  if (cores === undefined) return [byCores, 'the number of cores is not known']
  const all = preset === 'highPerformance' ? 'all of' : 'half of'
  return [byCores, `${all} ${cores} cores, and at most ${most}`]
}

/** Differences cost a copy of the source in local state; on a slow line they pay for it many times over. */
function chooseDeltas({ changeBytesPerHour, uploadBytesPerSecond }: Measured, preset: TunePreset | undefined): [boolean, string] {
  if (preset === 'maxReliability') return [false, 'a page that needs no other page is restored from fewer objects']
  if (changeBytesPerHour === undefined || uploadBytesPerSecond === undefined) return [false, 'they keep a copy of the source in clear: not without need']
  const busy = changeBytesPerHour / uploadBytesPerSecond / 3_600
  if (busy <= 0.05) return [false, 'the line carries all changes with ease']
  return [true, `sending all that changes would keep the line busy ${Math.round(busy * 100)} % of the time`]
}

function chooseCopies({ providers }: Measured, preset: TunePreset | undefined): [TunedSettings['copies'], string] {
  if (preset !== 'maxReliability') return [{ required: 1 }, 'one copy is soonest there, and the others follow']
  if (providers === undefined || providers < 2) return [{ required: 1 }, 'there are no two providers; add one']
  return [{ required: 2 }, 'a snapshot counts when one place may burn down']
}

function chooseFrequency(measured: Measured, { preset, intervals }: TuneOptions): [number, string] {
  const { minMs, maxMs } = intervals ?? { minMs: 5 * 60_000, maxMs: 6 * hourMs }
  const busy = preset === 'maxReliability' ? 0.25 : 0.1
  const { changeBytesPerHour } = measured
  const facts = (measured.lastDurationsMs ?? []).map((durationMs) => ({
    durationMs,
    ...(changeBytesPerHour !== undefined && { changedBytes: changeBytesPerHour, sinceMs: hourMs }),
  }))
  const { intervalMs, reason } = chooseInterval({ minMs, maxMs, busy, lossBytes: Infinity }, facts)
  return [intervalMs, reason]
}

function check(measured: Measured, { preset, override = {}, intervals }: TuneOptions): void {
  if (preset !== undefined && !presets.includes(preset)) {
    throw refusal('preset', `must be ${presets.join(' or ')}; found "${String(preset)}".${didYouMean(String(preset), presets)}`)
  }
  const known = ['workers', 'compression', 'deltas', 'copies', 'intervalMs']
  for (const setting of Object.keys(override)) {
    if (!known.includes(setting)) throw refusal(`override.${setting}`, `is not a setting.${didYouMean(setting, known)}`)
  }
  if (intervals && !(intervals.minMs > 0 && intervals.minMs <= intervals.maxMs)) {
    throw refusal('intervals', 'must have a "minMs" above 0 that is at most "maxMs".')
  }
  for (const [name, value] of Object.entries(measured)) {
    const numbers: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (!numbers.every((number) => number === undefined || (Number.isFinite(number) && Number(number) >= 0))) {
      throw refusal(name, 'must be a number from 0.')
    }
  }
}

function refusal(option: string, rest: string): BackupError {
  return new BackupError('config', `Option "${option}" ${rest}`, { key: option })
}
