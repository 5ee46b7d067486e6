import type { CheckResult } from '@backup/core'
import { createCrew } from './crew.ts'
import type { CompareJob } from './thread/protocol.ts'
import type { Restored } from './restore/sink.ts'

/** Findings that are told one by one. */
const toldMost = 50
const entriesAtATime = 200

/** Compares what lies at a place with the manifest that it was restored from: kinds, sizes, every byte, where links lead. */
export async function checkTree({ table, entries, full }: Restored, signal: AbortSignal | undefined): Promise<CheckResult> {
  const crew = createCrew()
  const abandon = (): void => void crew.dismiss()
  signal?.addEventListener('abort', abandon, { once: true })
  const counts = { files: 0, folders: 0, links: 0 }
  for (const entry of entries) counts[`${table.type(entry)}s`]++
  const expected = (number: number): CompareJob['entries'][number] => {
    const entry = table.at(number)
    const common = { path: full(entry.path), kind: entry.type, size: table.size(number) }
    return { ...common, ...(entry.type === 'file' && { hash: entry.sha256 }), ...(entry.type === 'link' && { target: entry.target }) }
  }
  try {
    let next = 0
    const findings: string[] = []
    const compare = async (_: unknown, thread: number): Promise<void> => {
      while (next < entries.length) {
        const part = Array.from(entries.subarray(next, (next += entriesAtATime)), expected)
        findings.push(...(await crew.do(thread, 'compare', { entries: part })))
      }
    }
    await Promise.all(Array.from({ length: crew.size }, compare))
    const more = findings.length - toldMost
    const told = more > 0 ? [...findings.slice(0, toldMost), `and ${more} more`] : findings
    return { ok: findings.length === 0, findings: told, counts }
  } finally {
    signal?.removeEventListener('abort', abandon)
    await crew.dismiss()
  }
}
