import type { CallOptions } from '../contract/provider.ts'
import type { ListRoot } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { decodeListNode, uniformFanOut } from '../format/list.ts'
import { equalBytes } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { UnitReader } from './unit-reader.ts'

/**
 * The pages of `after` that are not those of `before` in the same place. Uniform lists of all sizes have the same shape, so
 * nodes with equal ids in equal places stand for equal pages, and are not read: the cost follows the change.
 */
export async function differentPages(
  reader: Pick<UnitReader, 'read'>,
  before: ListRoot | null,
  after: ListRoot | null,
  call: CallOptions,
): Promise<number[]> {
  const pages: number[] = []
  const idsOf = async (id: Uint8Array, level: number): Promise<Uint8Array> =>
    decodeListNode(await reader.read(roles.list, id, 0, call), level, true).ids

  const compare = async (old: ListRoot | undefined, node: ListRoot, firstPage: number): Promise<void> => {
    if (old && old.level === node.level && equalBytes(old.id, node.id)) return
    const { level } = node
    const ids = await idsOf(node.id, level)
    const oldIds = old && old.level >= level ? await idsAt(old, level) : undefined
    for (let entry = 0; entry < ids.length / idLength; entry++) {
      const id = entryOf(ids, entry)!
      const oldId = oldIds && entryOf(oldIds, entry)
      const page = firstPage + entry * uniformFanOut ** level
      if (level === 0) {
        if (!oldId || !equalBytes(id, oldId)) pages.push(page)
        continue
      }
      // A tree that is lower stands where the first entry of the higher one does.
      const lower = old && old.level < level && entry === 0 ? old : undefined
      await compare(oldId ? { id: oldId, level: level - 1 } : lower, { id, level: level - 1 }, page)
    }
  }
  /** Entries of the first node of this level: a higher tree begins with the lower one. */
  const idsAt = async (old: ListRoot, level: number): Promise<Uint8Array> => {
    const ids = await idsOf(old.id, old.level)
    return old.level === level ? ids : idsAt({ id: entryOf(ids, 0)!, level: old.level - 1 }, level)
  }
  if (after) await compare(before ?? undefined, after, 0)
  return pages
}

function entryOf(ids: Uint8Array, entry: number): Uint8Array | undefined {
  return entry * idLength < ids.length ? ids.subarray(entry * idLength, (entry + 1) * idLength) : undefined
}
