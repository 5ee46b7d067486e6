import type { Measured, TunePreset, TunedSettings } from './settings.ts'

/**
 * What zstd does on one core, in bytes a second, and how much smaller it makes a database: measured on 500 MB of SQLite in pieces of
 * 1 MiB, AMD EPYC, Node 24. Other machines and data differ by factors; what is compared here differs by more.
 */
const levels = [
  { level: 1, bytesPerSecond: 349e6, ratio: 2.05 },
  { level: 3, bytesPerSecond: 228e6, ratio: 2.37 },
  { level: 6, bytesPerSecond: 90e6, ratio: 2.68 },
] as const

/** Compressing and uploading go on at the same time: the slower one decides. */
export function chooseCompression(measured: Measured, preset: TunePreset | undefined, workers: number): [TunedSettings['compression'], string] {
  if (preset === 'maxReliability') return ['auto', 'what every runtime writes and reads, at the least effort']
  const upload = measured.uploadBytesPerSecond
  if (upload === undefined) return ['auto', 'the speed of uploads is not known']
  const threads = Math.max(1, workers)
  const seconds = ({ bytesPerSecond, ratio }: (typeof levels)[number]): number =>
    Math.max(1 / (bytesPerSecond * threads), 1 / (upload * ratio))
  const quickest = Math.min(...levels.map(seconds))
  // A tenth of the time is a fair price for a third less to store, though not where only speed counts.
  const bearable = quickest * (preset === 'highPerformance' ? 1 : 1.1)
  const best = levels.findLast((level) => seconds(level) <= bearable) ?? levels[0]
  if (best.level === 1) return ['auto', `uploads of ${rate(upload)} leave no time for more effort`]
  return [{ codec: 'zstd', level: best.level }, `uploads of ${rate(upload)} are slower than compressing harder`]
}

function rate(bytesPerSecond: number): string {
  return bytesPerSecond >= 1e6 ? `${(bytesPerSecond / 1e6).toPrecision(3)} MB/s` : `${Math.round(bytesPerSecond / 1e3)} kB/s`
}
