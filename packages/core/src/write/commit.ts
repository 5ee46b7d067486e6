import type { ConsistencyProof } from '../contract/source.ts'
import { BackupError } from '../errors.ts'
import { type Commit, type CommitPack, type CommitStream, decodeCommit, encodeCommit } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { type ObjectName, commitKey } from '../format/names.ts'
import { joinBytes } from '../format/text.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import type { Repository } from '../repository/repository.ts'
import { software } from '../software.ts'
import type { BackupOptions } from './options.ts'
import { limits } from './limits.ts'
import { sealProvedTail } from '../repository/proved-tail.ts'
import { loadWriter } from './writer-state.ts'

export interface CommitDraft {
  readonly startedAt: Date
  readonly options: BackupOptions
  readonly streams: readonly CommitStream[]
  readonly proof: ConsistencyProof
  /** All that this commit names. */
  readonly packs: readonly CommitPack[]
  readonly fresh: { readonly units: number; readonly bytes: number; readonly storedBytes: number }
}

/** Makes the snapshot exist. Everything it refers to is stored already. */
export async function writeCommit(
  repository: Repository,
  signal: AbortSignal,
  draft: CommitDraft,
): Promise<{ name: ObjectName; commit: Commit }> {
  const { crypto } = repository.runtime
  const { options, streams, packs, fresh } = draft
  const writer = await loadWriter(repository)
  const commit: Commit = {
    repository: repository.ring.repository,
    writer: writer.id,
    sequence: writer.sequence + 1,
    previous: writer.previous,
    time: draft.startedAt,
    zone: options.zone,
    durationMs: Math.max(0, options.clock().getTime() - draft.startedAt.getTime()),
    kind: options.kind,
    tags: options.tags,
    note: options.note,
    generation: Math.max(0, ...repository.index.map(({ generation }) => generation)),
    source: { name: options.source.name, label: options.source.label },
    streams,
    proof: draft.proof,
    packs: inlineSmall(packs),
    counts: {
      bytes: sum(streams.map(({ size }) => size)),
      units: sum(streams.map(({ units }) => units)),
      freshBytes: fresh.bytes,
      freshUnits: fresh.units,
      storedBytes: fresh.storedBytes,
    },
    software,
    ...(options.audit !== undefined && { audit: options.audit }),
  }
  const record = encodeCommit(commit)
  checkReadable(record)
  const { header } = repository.newObject('commit')
  const body = joinBytes(header, await sealProvedTail(repository.tails, header, roles.record, record, 0))
  const name = nameOf(crypto, body)
  await putConfirmed(repository.provider, commitKey(commit.time, name), body, name, { signal })
  repository.addCommit(name, commit)
  return { name, commit }
}

/** A record that readers refuse would be a snapshot that is lost, whatever it was that made it so. */
function checkReadable(record: Uint8Array): void {
  try {
    decodeCommit(record)
  } catch (cause) {
    throw new BackupError('permanent', `The snapshot was not stored, because nobody could read it: ${(cause as Error).message}`, { cause })
  }
}

/** Small tables of contents travel in the commit, so that a reader needs one object for each small backup, and finds the lists of a large one. */
function inlineSmall(packs: readonly CommitPack[]): CommitPack[] {
  const inlined = new Set<ObjectName>()
  let room = limits.inlineTocBytes
  for (const { name, toc } of packs.toSorted((a, b) => (a.toc?.length ?? 0) - (b.toc?.length ?? 0))) {
    room -= toc?.length ?? 0
    if (room >= 0) inlined.add(name)
  }
  return packs.map((pack) => (inlined.has(pack.name) ? pack : { ...pack, toc: null }))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
