import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { descriptorLength, roles } from '../format/descriptor.ts'
import { headerLength } from '../format/header.ts'
import { type ObjectName, nameInKey, packKey, packPrefix } from '../format/names.ts'
import { type TailContext, openTail, tailOf } from '../format/tail.ts'
import { type SegmentEntry, decodeToc } from '../format/toc.ts'
import type { Catalog } from '../index/catalog.ts'
import { healing } from './objects.ts'

/** Where packs are, and what opens them. */
export interface PackReader {
  readonly provider: BackupProvider
  readonly tails: TailContext
}

/** The table of contents of a pack: from the commit when it is there, otherwise from the pack. */
export async function readToc({ provider, tails }: PackReader, pack: CommitPack, options: CallOptions): Promise<SegmentEntry[]> {
  const tailStart = pack.size - descriptorLength - pack.tail
  if (pack.toc) return decodeToc(pack.toc, tailStart)
  const key = packKey(pack.name)
  if (tailStart < headerLength) {
    throw new BackupError('corrupt', `Pack ${key} is said to have a tail longer than itself.`, { key })
  }
  return healing(provider, key, options, async () => {
    const [header, end] = await Promise.all([
      provider.get(key, { ...options, range: { offset: 0, length: headerLength } }),
      provider.get(key, { ...options, range: { offset: tailStart, length: pack.size - tailStart } }),
    ])
    return decodeToc(await openTail(tails, header, end, roles.toc), tailStart)
  })
}

/**
 * The same, but nothing for a pack that is not there or is damaged: only snapshots that need it are concerned, and they will say so.
 */
export async function usableToc(
  reader: PackReader,
  pack: CommitPack,
  warn: (message: string, hint: string) => void,
  options: CallOptions,
): Promise<SegmentEntry[] | undefined> {
  try {
    return await readToc(reader, pack, options)
  } catch (error) {
    if (!BackupError.is(error, 'not-found', 'range', 'corrupt')) throw error
    warn(`Pack ${packKey(pack.name)} cannot be used: ${error.message}`, error.hint)
    return undefined
  }
}

/**
 * Looks into packs that no readable commit names. When a commit is damaged, later snapshots may need what it added; its
 * packs describe and authenticate themselves.
 *
 * @param adopted learns the names of those that are of use
 */
export async function adoptUnnamedPacks(
  reader: PackReader,
  catalog: Catalog,
  adopted: Set<ObjectName>,
  options: CallOptions,
  isWanted: (key: string) => boolean = () => true,
): Promise<void> {
  const { provider } = reader
  for await (const { key, size } of provider.list(packPrefix, options)) {
    const name = nameInKey(key)
    if (name === undefined || catalog.packs.has(name) || !isWanted(key) || size < headerLength + descriptorLength) continue
    try {
      const footer = await provider.get(key, { ...options, range: { offset: size - descriptorLength, length: descriptorLength } })
      const pack = { name, size, tail: tailOf(footer, size).descriptor.storedLength, toc: null }
      catalog.addPack(pack, await readToc(reader, pack, options))
      adopted.add(name)
    } catch (error) {
      // It may be somebody else's, or damaged too.
      if (!BackupError.is(error, 'corrupt', 'unsupported', 'key', 'not-found', 'range')) throw error
    }
  }
}
