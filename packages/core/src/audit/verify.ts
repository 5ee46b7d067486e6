import type { CallOptions } from '../contract/provider.ts'
import { type ObjectName, commitKey, nameInKey } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import { readTrail } from './copies.ts'
import type { AuditEntry } from './entry.ts'
import { auditHead } from './head.ts'

/**
 * What the trail proves. Entries can only be made by who has the keys, and each names the one before it. So of each writer's chain
 * nothing can be changed, put in or taken out of the middle unnoticed. The newest entries can be cut off by who may delete objects:
 * that is noticed as long as this installation's local state or any commit made since remembers a later one.
 */
export interface AuditReport {
  readonly ok: boolean
  /** Entries that could be read. */
  readonly entries: number
  readonly writers: readonly AuditWriter[]
  readonly problems: readonly AuditProblem[]
}

export interface AuditWriter {
  /** 16 hex digits. */
  readonly writer: string
  readonly entries: number
  readonly first: Date
  readonly last: Date
}

export interface AuditProblem {
  /**
   * - `unreadable`: an object in the trail that is damaged, forged, from another repository, or sealed with a key that is not at hand
   * - `gap`: numbers are missing from a writer's chain
   * - `fork`: a writer's number was given twice
   * - `broken-link`: an entry does not name the one before it
   * - `clock`: an entry is more than a minute older than the one before it
   * - `cut`: an entry that local state or a commit remembers is not there
   */
  readonly kind: 'unreadable' | 'gap' | 'fork' | 'broken-link' | 'clock' | 'cut'
  readonly message: string
  /** The object, or the commit that remembers it. */
  readonly key?: string
  readonly writer?: string
}

/** Clocks are set right by moments all the time. */
const clockToleranceMs = 60_000

export async function verifyAudit(repository: Repository, call: CallOptions = {}): Promise<AuditReport> {
  const { entries, damaged } = await readTrail(repository, call)
  const chains = new Map<string, AuditEntry[]>()
  for (const entry of entries) {
    const chain = chains.get(entry.writer)
    if (chain) chain.push(entry)
    else chains.set(entry.writer, [entry])
  }
  const inOrder = [...chains.values()].map((chain) => chain.toSorted((a, b) => a.sequence - b.sequence))
  const there = new Set<ObjectName>([...entries.map(({ id }) => id), ...[...damaged.keys()].map((key) => nameInKey(key)!)])
  const problems: AuditProblem[] = [
    ...[...damaged].map(([key, { message }]): AuditProblem => ({ kind: 'unreadable', message, key })),
    ...inOrder.flatMap(problemsIn),
    ...cuts(repository, there, await auditHead(repository)),
  ]
  return { ok: problems.length === 0, entries: entries.length, writers: inOrder.map(writerOf), problems }
}

function writerOf(chain: readonly AuditEntry[]): AuditWriter {
  const times = chain.map(({ time }) => time.getTime())
  return { writer: chain[0]!.writer, entries: chain.length, first: new Date(Math.min(...times)), last: new Date(Math.max(...times)) }
}

/** @param chain of one writer, by number */
function problemsIn(chain: readonly AuditEntry[]): AuditProblem[] {
  const { writer } = chain[0]!
  /** Where a number was given twice, either of the two may be named by the next. */
  const numbers = new Map<string | null, number>(chain.map(({ id, sequence }) => [id, sequence]))
  const problems: AuditProblem[] = []
  const found = (kind: AuditProblem['kind'], message: string, entry?: AuditEntry): void =>
    void problems.push({ kind, writer, message: `${message} (writer ${writer})`, ...(entry && { key: entry.id }) })

  for (const [at, entry] of chain.entries()) {
    const before = chain[at - 1]
    const expected = (before?.sequence ?? 0) + 1
    const [first, last] = [expected, entry.sequence - 1]
    if (entry.sequence > expected) found('gap', first === last ? `Entry ${first} is missing.` : `Entries ${first} to ${last} are missing.`)
    if (!before) continue
    if (entry.sequence === before.sequence) {
      found('fork', `Two entries have the number ${entry.sequence}: two processes wrote from copies of one state folder, or somebody forged one.`, entry)
    } else if (entry.sequence === expected && numbers.get(entry.previous) !== before.sequence) {
      found('broken-link', `Entry ${entry.sequence} does not name entry ${before.sequence}.`, entry)
    }
    if (entry.time.getTime() < before.time.getTime() - clockToleranceMs) {
      found('clock', `Entry ${entry.sequence} is of ${entry.time.toISOString()}, entry ${before.sequence} before it of ${before.time.toISOString()}.`, entry)
    }
  }
  return problems
}

function cuts(repository: Repository, there: ReadonlySet<ObjectName>, head: ObjectName | undefined): AuditProblem[] {
  const problems: AuditProblem[] = []
  const cut = (name: ObjectName, who: string, key?: string): void =>
    void problems.push({ kind: 'cut', message: `Entry ${name.slice(0, 12)}…, which ${who} remembers, is not there.`, ...(key && { key }) })
  if (head && !there.has(head)) cut(head, 'local state')
  const told = new Set<ObjectName>()
  for (const [name, { audit, time }] of repository.commits) {
    if (!audit || there.has(audit) || told.has(audit)) continue
    told.add(audit)
    cut(audit, `the snapshot of ${time.toISOString()}`, commitKey(time, name))
  }
  return problems
}
