import type { Lane, OpenRequest } from '../contract/lane.ts'
import { throwIfAborted } from '../errors.ts'
import { descriptorLength, encodeDescriptor, roles } from '../format/descriptor.ts'
import { decodeHeader, headerLength } from '../format/header.ts'
import { packKey } from '../format/names.ts'
import { openTail, tailOf } from '../format/tail.ts'
import { type SegmentEntry, decodeToc } from '../format/toc.ts'
import type { CatalogPack } from '../index/catalog.ts'
import { free } from '../codec/free.ts'
import { readNamed } from '../repository/objects.ts'
import type { Repository } from '../repository/repository.ts'
import { programFlags } from './restore-run.ts'
import { type Verification, note } from './verification.ts'

/** Reads every pack as a stranger would: name, header, table of contents, every segment, every unit. */
export async function checkData(verification: Verification, lanes: readonly Lane[]): Promise<void> {
  const { repository, context } = verification
  const packs = [...repository.catalog.packs.values()]
  context.phase('check', packs.reduce((sum, { size }) => sum + size, 0))
  const next = packs[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (let item = next.next(); !item.done; item = next.next()) {
      throwIfAborted(context.signal, 'verifying')
      try {
        await checkPack(verification, lanes, item.value)
      } catch (error) {
        note(verification, packKey(item.value.name), error, [...(verification.users.get(item.value.name) ?? [])])
      }
    }
  }
  // Two at a time: one is read while the segments of the other are opened.
  for (const result of await Promise.allSettled([work(), work()])) if (result.status === 'rejected') throw result.reason
}

async function checkPack(verification: Verification, lanes: readonly Lane[], pack: CatalogPack): Promise<void> {
  const { repository, context } = verification
  const { provider, runtime } = repository
  const bytes = await readNamed(provider, runtime.crypto, packKey(pack.name), { signal: context.signal })
  await openWholePack(repository, lanes, bytes, (stored) => context.meter.done(stored))
  verification.checkedBytes += bytes.length
  free(bytes)
}

/**
 * Opens, decodes and compares all that is in a pack.
 *
 * @throws `corrupt` when a byte is not what it should be; `key` when it is sealed with keys that are not at hand
 */
export async function openWholePack(repository: Repository, lanes: readonly Lane[], bytes: Uint8Array, onSegment: (bytes: number) => void): Promise<void> {
  const header = bytes.slice(0, headerLength)
  const { offset } = tailOf(bytes.subarray(bytes.length - descriptorLength), bytes.length)
  const toc = decodeToc(await openTail(repository.tails, header, bytes.subarray(offset), roles.toc), offset)
  const decoded = decodeHeader(header)
  const object = { suite: decoded.suite, header, objectKey: repository.keyFor(decoded, header) }
  const opening = toc.map(async (entry, at) => {
    await lanes[at % lanes.length]!.open(requestFor(object, bytes, entry))
    onSegment(entry.descriptor.storedLength)
  })
  for (const result of await Promise.allSettled(opening)) if (result.status === 'rejected') throw result.reason
}

function requestFor(object: Pick<OpenRequest, 'suite' | 'header' | 'objectKey'>, bytes: Uint8Array, entry: SegmentEntry): OpenRequest {
  const { descriptor, offset, lengths, ids, bases } = entry
  return {
    ...object,
    descriptor: encodeDescriptor(descriptor),
    stored: bytes.subarray(offset, offset + descriptor.storedLength),
    check: { role: descriptor.role, lengths, ids, ...(bases && { programs: programFlags(bases) }) },
  }
}
