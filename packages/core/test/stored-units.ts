import type { KeyProvider } from '../src/contract/key.ts'
import type { BackupProvider } from '../src/contract/provider.ts'
import { descriptorLength } from '../src/format/descriptor.ts'
import { nameInKey, packPrefix } from '../src/format/names.ts'
import { hex } from '../src/format/text.ts'
import { tailOf } from '../src/format/tail.ts'
import { idLength } from '../src/format/unit-id.ts'
import { readToc } from '../src/repository/read-toc.ts'
import { openRepository } from '../src/repository/repository.ts'
import { freshMemoryState, withoutFiles } from './fixtures.ts'

export interface StoredUnits {
  readonly packs: number
  /** Plain bytes of units that are in packs a second time. */
  readonly bytesStoredTwice: number
  /** Length of the longest chain of deltas. */
  readonly longestChain: number
}

/** Looks into every pack that is there, whether a snapshot needs it or not. */
export async function storedUnits(provider: BackupProvider, key: KeyProvider): Promise<StoredUnits> {
  const repository = await openRepository({ provider, runtime: withoutFiles, keys: [key], stateDirectory: freshMemoryState(), warn: () => {} })
  const seen = new Set<string>()
  let packs = 0
  let bytesStoredTwice = 0
  let longestChain = 0
  for await (const { key: object, size } of provider.list(packPrefix)) {
    packs++
    const footer = await provider.get(object, { range: { offset: size - descriptorLength, length: descriptorLength } })
    const tail = tailOf(footer, size).descriptor.storedLength
    for (const { ids, units, lengths, chains } of await readToc(repository, { name: nameInKey(object)!, size, tail, toc: null }, {})) {
      longestChain = Math.max(longestChain, ...(chains ?? []))
      for (let unit = 0; unit < units; unit++) {
        const id = hex(ids.subarray(unit * idLength, (unit + 1) * idLength))
        if (seen.has(id)) bytesStoredTwice += typeof lengths === 'number' ? lengths : lengths[unit]!
        seen.add(id)
      }
    }
  }
  return { packs, bytesStoredTwice, longestChain }
}
