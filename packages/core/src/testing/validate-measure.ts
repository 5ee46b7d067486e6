import {
  type BackupProvider,
  type ProviderCapabilities,
  type Usage,
  capabilitiesOf,
} from '../contract/provider.ts'
import { seededRandom } from './seeded-random.ts'

/** How long calls took, in milliseconds, and how fast bytes moved. */
export interface MeasuredCalls {
  readonly calls: number
  readonly medianMs: number
  readonly longestMs: number
  /** Of the large object; only put and get have it. */
  readonly bytesPerSecond?: number
}

/** What the account was seen to do. */
export interface Observed {
  readonly calls: Readonly<Record<MeasuredOperation, MeasuredCalls>>
  /** Milliseconds from the end of a put until a second client listed it, the longest that was seen. */
  readonly listLagMs: number
  /** A range of 1 KiB took this part of the time that the whole large object took. */
  readonly rangeShare: number
  /** The hash that `stat` told. */
  readonly statHash: 'sha256' | 'none'
  /** Absent where the provider tells none. */
  readonly usage?: Usage
}

export type MeasuredOperation = 'put' | 'get' | 'range' | 'stat' | 'list' | 'delete'

const smallObjects = 8
const largeBytes = 4 * 1024 * 1024
/** How long a listing is awaited that shows nothing. */
const patienceMs = 30_000

export const measuredBytes: { readonly sent: number; readonly received: number } = {
  sent: smallObjects * 1024 + largeBytes,
  received: smallObjects * 1024 + largeBytes + 1024 * smallObjects,
}

/**
 * Measures with two opened clients of one fresh place: one call after the other, as a person would with a
 * stopwatch.
 */
export async function measure(provider: BackupProvider, second: BackupProvider): Promise<Observed> {
  const random = seededRandom(3)
  const times: Record<MeasuredOperation, number[]> = {
    put: [],
    get: [],
    range: [],
    stat: [],
    list: [],
    delete: [],
  }
  const timed = async <T>(operation: MeasuredOperation, work: () => Promise<T>): Promise<T> => {
    const since = performance.now()
    const result = await work()
    times[operation].push(performance.now() - since)
    return result
  }
  const large = 'packs/0f/large'
  const keys = Array.from({ length: smallObjects }, (_, at) => `packs/0${at % 2}/small-${at}`)
  const lags: number[] = []

  for (const key of keys) {
    await timed('put', () => provider.put(key, random.bytes(1024)))
    lags.push(await lagOf(second, key))
  }
  for (const key of keys) await timed('get', () => provider.get(key))
  for (const key of keys) await timed('stat', () => provider.stat(key))
  for (let time = 0; time < 3; time++) await timed('list', () => listed(provider, ''))

  const putMs = await elapsed(() => provider.put(large, random.bytes(largeBytes)))
  const getMs = await elapsed(() => provider.get(large))
  for (let at = 0; at < smallObjects; at++)
    await timed('range', () => provider.get(large, { range: { offset: at * 100_000, length: 1024 } }))
  const info = await provider.stat(large)
  const usage = await provider.usage?.()
  for (const key of [...keys, large]) await timed('delete', () => provider.delete(key))

  const rate = (ms: number): number => Math.round((largeBytes / Math.max(ms, 0.001)) * 1000)
  return {
    calls: {
      put: { ...summary(times.put), bytesPerSecond: rate(putMs) },
      get: { ...summary(times.get), bytesPerSecond: rate(getMs) },
      range: summary(times.range),
      stat: summary(times.stat),
      list: summary(times.list),
      delete: summary(times.delete),
    },
    listLagMs: Math.round(Math.max(...lags)),
    rangeShare: Math.round((median(times.range) / Math.max(getMs, 0.001)) * 100) / 100,
    statHash: info?.sha256 === undefined ? 'none' : 'sha256',
    ...(usage && { usage }),
  }
}

/** Where what was seen is not what the provider says of itself. */
export function compareWith(provider: BackupProvider, seen: Observed): string[] {
  const declared: ProviderCapabilities = capabilitiesOf(provider)
  const differences: string[] = []
  // A listing takes its time too, and that is no lag.
  if (seen.listLagMs > declared.listLagMs + seen.calls.list.longestMs + 50)
    differences.push(
      `listLagMs is ${declared.listLagMs}, and a listing was right only after ${seen.listLagMs} ms`,
    )
  if (declared.serverHash === 'sha256' && seen.statHash === 'none')
    differences.push('serverHash is sha256, and stat tells none')
  if (declared.rangedGet && seen.rangeShare > 0.8 && seen.calls.range.medianMs > 100)
    differences.push(`rangedGet is true, and 1 KiB took ${seen.rangeShare} of the time that 4 MiB took`)
  if (declared.nearby && seen.calls.stat.medianMs > 50)
    differences.push(`nearby is true, and a stat took ${seen.calls.stat.medianMs} ms`)
  if (provider.usage && Object.keys(seen.usage ?? {}).length === 0)
    differences.push('there is a usage(), and it tells nothing')
  return differences
}

async function lagOf(client: BackupProvider, key: string): Promise<number> {
  const since = performance.now()
  for (;;) {
    if ((await listed(client, key.slice(0, 9))).includes(key)) return performance.now() - since
    if (performance.now() - since > patienceMs) return patienceMs
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function listed(provider: BackupProvider, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of provider.list(prefix)) keys.push(key)
  return keys
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

function summary(times: readonly number[]): MeasuredCalls {
  return { calls: times.length, medianMs: rounded(median(times)), longestMs: rounded(Math.max(...times)) }
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
