import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { readTime } from '../format/commit.ts'
import { readFields } from '../format/fields.ts'
import { timeInKey } from '../format/names.ts'
import { utf8 } from '../format/text.ts'
import { decodeEach, readRecords, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from './bounds.ts'

/**
 * The time during which a writer may commit. Whoever removes packs waits until all sessions are over that may have begun before the
 * writer could know of it.
 *
 * A session outlives runs and processes: one a day is enough for a writer, however often it runs.
 */
export interface Session {
  readonly since: Date
  /** From then on nothing may be committed in it. */
  readonly until: Date
}

/** Apart, so that tests can show what happens without. */
export const sessionRules: { isOver(session: Session, now: Date): boolean } = {
  isOver: ({ until }, now) => now >= until,
}

const item = 'session'
/** Longer than any session: what one counts as that cannot be read. */
const longestMs = 30 * 86_400_000

/**
 * Goes on with this writer's session, if half of it is left, or begins one.
 *
 * @returns also whether it is new: what was listed before it began does not count
 */
export async function enterSession(
  repository: Repository,
  writer: string,
  { lifeMs }: Bounds,
  now: Date,
  call: CallOptions,
): Promise<Session & { readonly isNew: boolean }> {
  const saved = parse(await repository.state.read(item))
  const isUnderWay = saved && saved.since <= now && saved.until.getTime() - now.getTime() >= lifeMs / 2
  // One that lasts longer was begun with other bounds, or is made up.
  if (isUnderWay && saved.until.getTime() - saved.since.getTime() <= lifeMs) return { ...saved, isNew: false }
  const session = { since: now, until: new Date(now.getTime() + lifeMs) }
  const body = { until: session.until.toISOString() }
  await writeRecord(repository, { class: 'session', type: 'session', writer, time: now, body }, call)
  await save(repository, utf8(JSON.stringify({ since: now.toISOString(), ...body })))
  return { ...session, isNew: true }
}

/** Everybody's sessions, by key of their records. */
export async function readSessions(repository: Repository, call: CallOptions): Promise<Map<string, Session>> {
  const read = await readRecords(repository, 'session', call)
  const { values, damaged } = decodeEach(read, ({ key, time, fields }) => [key, { since: time, until: readTime(fields, 'until') }] as const)
  const sessions = new Map<string, Session>(values)
  for (const key of damaged.keys()) {
    const since = timeInKey(key)
    if (since) sessions.set(key, { since, until: new Date(since.getTime() + longestMs) })
  }
  return sessions
}

/** Without local state there is one more small record for each run, and that is all. */
async function save({ state }: Repository, bytes: Uint8Array): Promise<void> {
  try {
    await state.write(item, bytes)
  } catch (error) {
    if (!BackupError.is(error)) throw error
  }
}

/** Only a cache: without it a new session begins. */
function parse(bytes: Uint8Array | undefined): Session | undefined {
  if (!bytes) return undefined
  try {
    const fields = readFields(bytes, 'session')
    return { since: readTime(fields, 'since'), until: readTime(fields, 'until') }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}
