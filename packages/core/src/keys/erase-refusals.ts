import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { readTime } from '../format/commit.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import type { ChosenSnapshot } from '../read/choose.ts'
import { type StoredRecord, readRecords } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'

/** What an erasure would touch. */
interface Erasing {
  readonly objects: readonly string[]
  readonly lost: ReadonlySet<ObjectName>
  readonly surviving: readonly ChosenSnapshot[]
  readonly epochs: readonly number[]
  readonly now: Date
}

/** How long a session counts that does not say until when it lasts. */
const sessionLastsMs = 24 * 3_600_000

/** Why these epochs must not be erased now, in sentences. */
export async function reasonsAgainst(repository: Repository, erasing: Erasing, call: CallOptions): Promise<string[]> {
  return [...(await holdsAgainst(repository, erasing, call)), ...packsAgainst(erasing), ...(await sessionsAgainst(repository, erasing, call))]
}

/** A legal hold stands above the wish to erase. */
async function holdsAgainst(repository: Repository, { objects, lost, now }: Erasing, call: CallOptions): Promise<string[]> {
  const { found, damaged } = await readRecords(repository, 'hold', call)
  const released = new Set(found.filter(({ type }) => type === 'release').map(({ fields }) => fields.text('hold')))
  const active = found.filter((hold) => hold.type === 'hold' && !released.has(hold.name) && now < endOf(hold))
  const sealed = new Set(objects)
  const reasons: string[] = []
  for (const { key, name, fields } of active) {
    const held = fields.texts('snapshots').filter((id) => lost.has(id))
    if (held.length > 0) {
      reasons.push(`Hold ${name.slice(0, 12)}… keeps ${held.length} of the snapshots that would be lost. Release it first.`)
    } else if (sealed.has(key)) {
      reasons.push(`Hold ${name.slice(0, 12)}… is itself sealed with these keys and would be lost. Make it anew, and release the old one.`)
    }
  }
  for (const [key, error] of damaged) {
    if (BackupError.is(error, 'key') && sealed.has(key)) continue
    reasons.push(`Hold ${key} cannot be read, so nobody knows what it keeps. Fetch it from another copy of the repository.`)
  }
  return reasons
}

/** Whoever backs up counts on what is in the packs that commits name, and asks for no other proof. */
function packsAgainst({ objects, surviving }: Erasing): string[] {
  const sealed = new Set(objects)
  const named = surviving.filter(({ commit }) => commit.packs.some(({ name }) => sealed.has(packKey(name))))
  if (named.length === 0) return []
  const [first] = named
  return [
    `${named.length} snapshots that survive (${first!.name.slice(0, 12)}…) name packs that would be lost. Collect first: what they need is sealed anew, and the packs go.`,
  ]
}

/** What goes is not announced first (FORMAT.md §21), so nobody else may be at work who counts on it. */
async function sessionsAgainst(repository: Repository, { now }: Erasing, call: CallOptions): Promise<string[]> {
  const own = await writerId(repository)
  const { found } = await readRecords(repository, 'session', call)
  const open = found.filter((session) => session.writer !== own && now < endOf(session, sessionLastsMs))
  return open.map((session) => {
    const until = endOf(session, sessionLastsMs).toISOString()
    return `Writer ${session.writer} may be backing up until ${until}. Wait until then.`
  })
}

/** @param lastsMs unless the record says until when */
function endOf({ time, fields }: StoredRecord, lastsMs = Number.POSITIVE_INFINITY): Date {
  if (fields.has('until')) return readTime(fields, 'until')
  return new Date(Math.min(time.getTime() + lastsMs, endOfTime))
}

const endOfTime = 8.64e15
