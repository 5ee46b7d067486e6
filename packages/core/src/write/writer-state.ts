import { BackupError } from '../errors.ts'
import { readFields } from '../format/fields.ts'
import type { ObjectName } from '../format/names.ts'
import { hex, utf8 } from '../format/text.ts'
import type { Repository } from '../repository/repository.ts'

/** Who this installation is among the writers of a repository, and its last commit. Lost with the state; a new writer then begins. */
export interface WriterState {
  /** 16 hex digits. */
  readonly id: string
  readonly sequence: number
  readonly previous: ObjectName | null
}

const item = 'writer'
const hexName = /^[0-9a-f]{64}$/

/** The commits that are listed know better than local state: a crash may have come between the two. */
export async function loadWriter(repository: Repository): Promise<WriterState> {
  const bytes = await repository.state.read(item)
  const saved = bytes && parse(bytes)
  if (!saved) return { id: hex(repository.runtime.crypto.random(8)), sequence: 0, previous: null }
  const head = repository.heads.get(saved.id)
  return head && head.sequence > saved.sequence ? { id: saved.id, sequence: head.sequence, previous: head.name } : saved
}

/** The id under which this installation writes: the same in everything it writes, as long as local state lasts. */
export async function writerId(repository: Repository): Promise<string> {
  const bytes = await repository.state.read(item)
  const saved = bytes && parse(bytes)
  if (saved) return saved.id
  const writer = await loadWriter(repository)
  try {
    // Another process that shares this state may find out at the same moment that nobody has a name yet: both take the first one's.
    if (!bytes && !(await repository.state.create(item, content(writer)))) return writerId(repository)
    if (bytes) await saveWriter(repository, writer)
  } catch (error) {
    // Then the next thing that is written has another one.
    if (!BackupError.is(error)) throw error
  }
  return writer.id
}

export async function saveWriter(repository: Repository, writer: WriterState): Promise<void> {
  await repository.state.write(item, content(writer))
}

const content = (writer: WriterState): Uint8Array => utf8(JSON.stringify(writer))

/**
 * Finds out whether the last commit made from here has disappeared: nothing in the library removes it, so somebody or
 * something else did.
 */
export async function missingOwnCommit(repository: Repository): Promise<ObjectName | undefined> {
  const bytes = await repository.state.read(item)
  const previous = bytes && parse(bytes)?.previous
  if (!previous || repository.commits.has(previous)) return undefined
  return previous
}

function parse(bytes: Uint8Array): WriterState | undefined {
  try {
    const fields = readFields(bytes, 'writer state')
    const id = fields.text('id')
    const previous = fields.optionalText('previous')
    // What is written here goes into the next commit: anything that readers refuse there must not come that far.
    if (!/^[0-9a-f]{16}$/.test(id) || (previous !== null && !hexName.test(previous))) return undefined
    return { id, sequence: fields.number('sequence', 0, Number.MAX_SAFE_INTEGER - 1), previous }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}
