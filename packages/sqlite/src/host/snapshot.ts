import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BackupError,
  type ChangedContent,
  type ChangedPages,
  type ConsistencyProof,
  type SourceContext,
  type SourceSnapshot,
  throwIfAborted,
} from '@backup/core'
import type { Settings } from '../options.ts'
import { createQueue } from './queue.ts'
import type { Report, SpooledPages } from './protocol.ts'
import { type QuickCheckMemory, isDue, quickCheck, splitMemory, withMemory } from './quick-check.ts'
import { type Reader, asBackupError, startReader } from './reader.ts'

/** The one stream of a snapshot: the bytes of the database file, with the write-ahead log worked in. */
export const streamName = 'database'

type Opened = Extract<Report, { type: 'opened' }>

/** Starts a reader; resolves when it holds a consistent view. */
export async function openSnapshot(settings: Settings, context: SourceContext): Promise<SourceSnapshot> {
  const { scratch, signal } = context
  if (scratch === undefined) {
    const message = 'The SQLite source needs a scratch folder, and this runtime has none.'
    throw new BackupError('unsupported', message, { plugin: 'sqlite' })
  }
  throwIfAborted(signal, `opening ${settings.path}`)
  const remembered = await context.previousState(streamName)
  const previous = remembered && splitMemory(remembered)
  // The first run has other things to do.
  let checked: QuickCheckMemory = previous?.memory ?? { at: Date.now(), after: '', findings: {} }
  const folder = await mkdtemp(join(scratch, 'sqlite-'))
  const batches = createQueue<SpooledPages>()
  let tellOpened = (_: Opened): void => {}
  const opened = new Promise<Opened>((resolve) => (tellOpened = resolve))
  let reader: Reader<'scan'> | undefined

  const close = async (): Promise<void> => {
    await reader?.stop()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    const request = { ...accessOf(settings), mode: settings.mode, folder }
    const previousFile = join(folder, 'previous')
    if (previous) await writeFile(previousFile, previous.scan, { mode: 0o600 })
    reader = startReader('scan', previous ? { ...request, previous: previousFile } : request, {
      signal,
      onReport(report) {
        if (report.type === 'warning') context.warn(report.message, report.hint)
        else if (report.type === 'opened') tellOpened(report)
        else if (report.type === 'pages') batches.push(report)
      },
    })
    const { result } = reader
    result.then(
      () => batches.end(),
      (error: unknown) => batches.fail(error),
    )
    // The result comes first only when it is a failure.
    const view = await Promise.race([opened, result.then(() => opened)])
    const spelled = spelledOut(batches, reader.tell)
    const content = contentOf(view, spelled, async () => readFile((await result).state), signal)
    return {
      async *streams() {
        yield { name: streamName, content: { ...content, state: () => withMemory(content.state(), checked) } }
      },
      async finish(): Promise<ConsistencyProof> {
        const { facts, faults } = await result
        throwIfAborted(signal, `reading ${settings.path}`)
        const now = Date.now()
        const isWanted = settings.quickCheckBudgetMs > 0 && facts['journalMode'] === 'wal' && isDue(checked, now)
        if (isWanted) checked = await quickCheck(settings, accessOf(settings), checked, now, context)
        const inTables = Object.entries(checked.findings).map(([table, findings]) => `Table ${table}: ${findings.join('; ')}`)
        const all = [...faults, ...inTables]
        return { ...facts, complete: content.isRead(), ...(all.length > 0 && { suspect: all.map(inOneLine).join('\n') }) }
      },
      close,
    }
  } catch (error) {
    await close()
    throw asBackupError(error, 'source', `preparing to read ${settings.path}`, settings.path)
  }
}

/** SQLite tells of several things in one text. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

/** Becomes `isRead` when the last batch was taken. */
function contentOf(
  { pageBytes, pageCount, incremental }: Opened,
  batches: AsyncIterable<ChangedPages>,
  loadState: () => Promise<Uint8Array>,
  signal: AbortSignal | undefined,
): ChangedContent & { isRead(): boolean } {
  let state: Uint8Array | undefined
  return {
    kind: 'changed',
    size: pageBytes * pageCount,
    pageBytes,
    incremental,
    async *batches() {
      for await (const batch of batches) {
        throwIfAborted(signal, 'reading changed pages')
        yield batch
      }
      state = await loadState()
    },
    state() {
      if (state) return state
      throw new BackupError('source', 'The state is known after the last batch only.', { plugin: 'sqlite' })
    },
    isRead: () => state !== undefined,
  }
}

export function accessOf({
  path,
  driver,
  busyTimeoutMs,
}: Settings): Pick<Settings, 'path' | 'driver' | 'busyTimeoutMs'> {
  return { path, driver, busyTimeoutMs }
}

/** A run stays a pair of numbers for as long as it waits: of a large database there may be very many. */
async function* spelledOut(
  batches: AsyncIterable<SpooledPages>,
  tell: Reader<'scan'>['tell'],
): AsyncGenerator<ChangedPages> {
  for await (const { path, offset, pages } of batches) {
    yield {
      path,
      offset,
      pages:
        pages instanceof Uint32Array
          ? pages
          : Uint32Array.from({ length: pages.count }, (_, i) => pages.first + i),
      release: () => tell({ type: 'release', path, offset }),
    }
  }
}
