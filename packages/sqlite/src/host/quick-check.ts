import { BackupError, type SourceContext } from '@backup/core'
import type { Settings } from '../options.ts'
import { emptyLogRemover } from './empty-log.ts'
import type { Access } from './protocol.ts'
import { startReader } from './reader.ts'

/** How far SQLite's own checks have come, from one run to the next. */
export interface QuickCheckMemory {
  /** When it looked last, in milliseconds since 1970. */
  readonly at: number
  /** Tables up to this name were looked at, or were too large; from the beginning when empty. */
  readonly after: string
  /** What was wrong, by table. Looked at again in every run. */
  readonly findings: Readonly<Record<string, readonly string[]>>
}

const dayMs = 86_400_000

export function isDue({ at, findings }: QuickCheckMemory, now: number): boolean {
  return Object.keys(findings).length > 0 || Math.abs(now - at) >= dayMs
}

/** Has SQLite look at as many tables as the budget allows; those that remain have their turn another day. */
export async function quickCheck(
  settings: Settings,
  access: Access,
  known: QuickCheckMemory,
  now: number,
  context: Pick<SourceContext, 'signal' | 'warn'>,
): Promise<QuickCheckMemory> {
  const { path, quickCheckBudgetMs } = settings
  const findings = new Map(Object.entries(known.findings))
  const doubtful = [...findings.keys()]
  let [current, last] = ['', '']
  const removeEmptyLog = await emptyLogRemover(access)
  const request = { ...access, busyTimeoutMs: 0, after: known.after, ...(doubtful.length > 0 && { only: doubtful }) }
  const reader = startReader('quick-check', request, {
    signal: context.signal,
    onReport(report) {
      if (report.type === 'examining') current = report.table
      if (report.type !== 'examined') return
      last = report.table
      if (report.findings.length > 0) findings.set(report.table, report.findings)
      else findings.delete(report.table)
    },
  })
  const isDone = await within(quickCheckBudgetMs, reader.result).catch((error: unknown) => {
    if (BackupError.is(error, 'cancelled')) throw error
    // Somebody else has it for himself just now; what SQLite refuses to open at all, the scan has noticed.
    if (!BackupError.is(error, 'busy', 'source')) context.warn(`SQLite could not look at ${path}: ${(error as Error).message}`, 'The next run tries again.')
    return undefined
  })
  await reader.stop()
  if (isDone !== true) await removeEmptyLog()
  const found = Object.fromEntries(findings)
  if (isDone === undefined) return { ...known, findings: found }
  if (doubtful.length > 0) return { ...known, findings: found }
  // A table that is too large for the whole budget must not keep the others from having their turn.
  return { at: now, after: isDone ? '' : last || current || known.after, findings: found }
}

/** @returns whether it came to its end in time */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

const magic = new TextEncoder().encode('QCHK')

/** One item of state holds what the scan remembers, and this at its end. */
export function withMemory(scan: Uint8Array, memory: QuickCheckMemory): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(memory))
  const bytes = new Uint8Array(scan.length + text.length + 8)
  bytes.set(scan)
  bytes.set(text, scan.length)
  new DataView(bytes.buffer).setUint32(bytes.length - 8, text.length)
  bytes.set(magic, bytes.length - 4)
  return bytes
}

/** What does not have the form is left to the scan, which checks what it reads. */
export function splitMemory(bytes: Uint8Array): { readonly scan: Uint8Array; readonly memory?: QuickCheckMemory } {
  const end = bytes.length - 8
  if (end < 0 || !magic.every((byte, at) => bytes[end + 4 + at] === byte)) return { scan: bytes }
  const start = end - new DataView(bytes.buffer, bytes.byteOffset).getUint32(end)
  try {
    const { at, after, findings } = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))) as Partial<QuickCheckMemory>
    if (typeof at !== 'number' || typeof after !== 'string' || typeof findings !== 'object') return { scan: bytes }
    return { scan: bytes.subarray(0, start), memory: { at, after, findings } }
  } catch {
    return { scan: bytes }
  }
}
