import type { StateStore } from '../contract/runtime.ts'
import type { Operation } from '../events.ts'
import { utf8 } from '../format/text.ts'

/** How one operation went. */
export interface RunEntry {
  readonly operation: Operation
  /** When it began, in milliseconds since 1970. */
  readonly at: number
  readonly durationMs: number
  /** It ended, and found nothing wrong. */
  readonly ok: boolean
  /** Why not. `cancelled` is nobody's fault. */
  readonly error?: { readonly kind: string; readonly message: string }
  /** Bytes of the source that were dealt with. */
  readonly bytes: number
  /** Bytes that were added to the repository. */
  readonly stored: number
  readonly retries: number
  readonly warnings: number
  /** It was tried whether the data comes back: a drill, a restore, or verification at depth `restore`. */
  readonly restored?: boolean
}

/**
 * What happened lately, in local state: enough for a month of a backup every quarter of an hour. A cache: which backups there are, the
 * repository knows. Two processes that end a run in the same moment may lose one of the entries.
 */
export interface History {
  /** Oldest first. What cannot be read is not there. */
  read(): Promise<readonly RunEntry[]>
  add(entry: RunEntry): Promise<void>
}

/** Of all operations, and of each but `backup` at least: what is rare must not be pushed out by what is frequent. */
const keptEntries = 3000
const keptRare = 20
const longestMessage = 300

/** So many are written again with each run; then they join the others. */
const batchEntries = 64

/** The items that a history consists of. */
export function historyItems(item: string): readonly [older: string, newest: string] {
  return [item, `${item}-new`]
}

export function history(state: StateStore, item: string): History {
  const [older, newest] = historyItems(item)
  const entriesOf = async (name: string): Promise<RunEntry[]> => decode(await state.read(name).catch(() => undefined))
  const read = async (): Promise<RunEntry[]> => [...(await entriesOf(older)), ...(await entriesOf(newest))]
  return {
    read,
    async add(entry) {
      const batch = [...(await entriesOf(newest)), entry]
      if (batch.length < batchEntries) return state.write(newest, encode(batch))
      await state.write(older, encode(bounded([...(await entriesOf(older)), ...batch])))
      await state.remove(newest)
    },
  }
}

function bounded(entries: readonly RunEntry[]): RunEntry[] {
  const kept = new Set(entries.slice(-keptEntries))
  if (kept.size === entries.length) return [...entries]
  for (const operation of new Set(entries.map((entry) => entry.operation))) {
    if (operation === 'backup') continue
    for (const entry of entries.filter((one) => one.operation === operation).slice(-keptRare)) kept.add(entry)
  }
  return entries.filter((entry) => kept.has(entry))
}

/** A row is a third as long as an object with names. */
function encode(entries: readonly RunEntry[]): Uint8Array {
  const rows = entries.map(({ operation, at, durationMs, ok, error, bytes, stored, retries, warnings, restored }) => [
    operation, at, durationMs, Number(ok), bytes, stored, retries, warnings, Number(restored ?? false),
    ...(error ? [error.kind, error.message.slice(0, longestMessage)] : []),
  ])
  return utf8(JSON.stringify({ version: 1, rows }))
}

function decode(bytes: Uint8Array | undefined): RunEntry[] {
  try {
    const found = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { version?: unknown; rows?: unknown } | null)
    if (found?.version !== 1 || !Array.isArray(found.rows)) return []
    return found.rows.flatMap((row: unknown) => (Array.isArray(row) ? (decodeRow(row) ?? []) : []))
  } catch {
    return []
  }
}

function decodeRow([operation, at, durationMs, ok, bytes, stored, retries, warnings, restored, kind, message]: unknown[]): RunEntry | undefined {
  const numbers = [at, durationMs, ok, bytes, stored, retries, warnings, restored]
  if (typeof operation !== 'string' || !numbers.every((value) => typeof value === 'number' && Number.isFinite(value))) return undefined
  return {
    operation: operation as Operation,
    at: Number(at),
    durationMs: Number(durationMs),
    ok: ok === 1,
    bytes: Number(bytes),
    stored: Number(stored),
    retries: Number(retries),
    warnings: Number(warnings),
    ...(restored === 1 && { restored: true }),
    ...(typeof kind === 'string' && { error: { kind, message: String(message) } }),
  }
}
