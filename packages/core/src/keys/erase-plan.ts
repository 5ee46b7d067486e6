import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit } from '../format/commit.ts'
import { maxChain } from '../format/delta.ts'
import { type ObjectName, commitPrefix, nameInKey, packKey, packPrefix, timeInKey } from '../format/names.ts'
import { currentEpoch, dropEpochs, rootOf } from '../format/ring.ts'
import { idLength } from '../format/unit-id.ts'
import { hex, utf8 } from '../format/text.ts'
import { createCatalog } from '../index/catalog.ts'
import { type ChosenSnapshot, sortedSnapshots } from '../read/choose.ts'
import { lookingEverywhere } from '../read/missing-unit.ts'
import { unitReader } from '../read/unit-reader.ts'
import { walkList } from '../read/walk-list.ts'
import { readTrail } from '../audit/copies.ts'
import { epochsOf, sealedObjects } from '../repository/epochs.ts'
import { adoptUnnamedPacks, readToc } from '../repository/read-toc.ts'
import type { Repository } from '../repository/repository.ts'
import { reasonsAgainst } from './erase-refusals.ts'

/** What would become unreadable if the keys of some epochs were destroyed. Plain data; nothing was changed. */
export interface ErasePlan {
  readonly epochs: readonly number[]
  /** Keys of all objects sealed with them: packs, commits, records. Sorted. */
  readonly objects: readonly string[]
  readonly bytes: number
  /** Snapshots that cannot be restored any more, oldest first. Their commits are removed too. */
  readonly lost: readonly LostSnapshot[]
  /** How many snapshots stay as they are. */
  readonly survives: number
  /** Entries of the audit trail that are copied, so that they stay readable. */
  readonly auditEntries: number
  /** Why `erase` would refuse, in sentences that say what to do. */
  readonly refusals: readonly string[]
  /** SHA-256 over the keys of the objects and the ids of what is lost; `erase` refuses when it is another by then. */
  readonly digest: string
}

export interface LostSnapshot {
  readonly id: ObjectName
  readonly time: Date
  /** `whole`: its own record is sealed with such keys. `part`: some of what it needs is, and is stored nowhere else. */
  readonly what: 'whole' | 'part'
}

/** @throws `config` for an epoch that there is not, or the one that seals what is stored now. */
export async function planErasure(repository: Repository, epochs: readonly number[], now: Date, call: CallOptions): Promise<ErasePlan> {
  checkEpochs(repository, epochs)
  const sizes = await sealedObjects(repository, call)
  const sealedWith = await epochsOf(repository, [...sizes.keys()], call)
  const isErased = (key: string): boolean => epochs.includes(sealedWith.get(key) ?? 0)
  const objects = [...sizes.keys()].filter(isErased).sort()
  const whole = objects.filter((key) => key.startsWith(commitPrefix)).map((key) => ({ id: nameInKey(key)!, time: timeInKey(key) ?? new Date(0), what: 'whole' as const }))
  const wholeIds = new Set(whole.map(({ id }) => id))
  const others = sortedSnapshots(repository).filter(({ name }) => !wholeIds.has(name))
  const begun = await begunBefore(repository, epochs, call)
  const left = await afterwards(repository, others, epochs, now, isErased, call)
  const part: LostSnapshot[] = []
  for (const snapshot of others) {
    const isLost = begun.has(snapshot.name) || (!(await isRestorable(left, snapshot, call)) && (await isRestorable(repository, snapshot, call)))
    if (isLost) part.push({ id: snapshot.name, time: snapshot.commit.time, what: 'part' })
  }
  const lost = [...whole, ...part].sort((a, b) => a.time.getTime() - b.time.getTime() || (a.id < b.id ? -1 : 1))
  const lostIds = new Set(lost.map(({ id }) => id))
  const surviving = others.filter(({ name }) => !lostIds.has(name))
  const trail = await readTrail(repository, call)
  const inErased = new Set(objects.map(nameInKey))
  return {
    epochs,
    objects,
    bytes: objects.reduce((sum, key) => sum + sizes.get(key)!, 0),
    lost,
    survives: surviving.length,
    auditEntries: trail.entries.filter(({ id }) => inErased.has(id)).length,
    refusals: await reasonsAgainst(repository, { objects, lost: lostIds, surviving, epochs, now }, call),
    digest: digestOf(repository, [...objects, ...lost.map(({ id }) => id)]),
  }
}

/** SHA-256 over lines of text, whatever their order. */
export function digestOf({ runtime }: Repository, lines: readonly string[]): string {
  return hex(runtime.crypto.sha256(utf8(lines.toSorted().join('\n'))))
}

function checkEpochs({ ring }: Repository, epochs: readonly number[]): void {
  const known = [...ring.epochs, ...(ring.erased ?? [])].map(({ epoch }) => epoch).sort((a, b) => a - b)
  const hint = `There are the epochs ${known.join(', ')}; ${currentEpoch(ring).epoch} seals what is stored now.`
  const strange = epochs.find((epoch) => !known.includes(epoch))
  if (strange !== undefined) throw new BackupError('config', `There is no key epoch ${strange}.`, { key: 'epochs', hint })
  if (epochs.length === 0) throw new BackupError('config', 'No key epoch was named.', { key: 'epochs', hint })
  if (epochs.includes(currentEpoch(ring).epoch)) {
    throw new BackupError('config', `Key epoch ${currentEpoch(ring).epoch} seals what is stored now and cannot be erased.`, {
      key: 'epochs',
      hint: 'Rotate the keys first; what is stored from then on survives.',
    })
  }
}

/** Snapshots that an erasure of these epochs, cut short after the keys were gone, was to take along. */
async function begunBefore(repository: Repository, epochs: readonly number[], call: CallOptions): Promise<ReadonlySet<string>> {
  const gone = new Set((repository.ring.erased ?? []).map(({ epoch }) => epoch))
  if (!epochs.some((epoch) => gone.has(epoch))) return new Set()
  const { entries } = await readTrail(repository, call)
  const erasures = entries.filter(({ action, details }) => action === 'erase' && [details['epochs']].flat().some((epoch) => epochs.includes(Number(epoch))))
  return new Set(erasures.flatMap(({ subject }) => subject))
}

/** The repository as whoever opens it afterwards would find it. */
async function afterwards(
  repository: Repository,
  snapshots: readonly ChosenSnapshot[],
  epochs: readonly number[],
  now: Date,
  isErased: (key: string) => boolean,
  call: CallOptions,
): Promise<Repository> {
  const ring = dropEpochs(repository.ring, epochs, now)
  const keyFor: Repository['keyFor'] = (header, bytes) => {
    rootOf(ring, header.epoch)
    return repository.keyFor(header, bytes)
  }
  const catalog = createCatalog()
  const tails = { ...repository.tails, keyFor }
  const left: Repository = { ...repository, ring, keyFor, tails, catalog, adoptUnnamed: async () => false }
  const there = new Set<string>()
  for await (const { key } of repository.provider.list(packPrefix, call)) there.add(key)
  for (const { commit } of snapshots) await addInline(left, commit, (key) => there.has(key) && !isErased(key), call)
  await adoptUnnamedPacks(left, catalog, new Set(), call, (key) => !isErased(key))
  return left
}

/** Tables of contents that travel in commits need not be fetched. */
async function addInline(left: Repository, { packs }: Commit, isLeft: (key: string) => boolean, call: CallOptions): Promise<void> {
  for (const pack of packs) if (pack.toc && isLeft(packKey(pack.name))) left.catalog.addPack(pack, await readToc(left, pack, call))
}

/** Whether everything that the snapshot needs is there. Reads its lists, and no data. */
async function isRestorable(repository: Repository, { commit }: ChosenSnapshot, call: CallOptions): Promise<boolean> {
  const reader = unitReader(repository)
  try {
    for (const stream of commit.streams) {
      const { ids, count } = await lookingEverywhere(repository, call, () => walkList(reader, stream, call))
      for (let unit = 0; unit < count; unit++) if (!isThere(repository, ids, unit * idLength)) return false
    }
    return true
  } catch (error) {
    if (BackupError.is(error, 'corrupt', 'not-found', 'key', 'range', 'unsupported')) return false
    throw error
  }
}

function isThere({ catalog }: Repository, ids: Uint8Array, at: number): boolean {
  let unit = catalog.units.find(ids, at)
  for (let link = 0; unit >= 0 && link <= maxChain; link++) {
    const { bases } = catalog.segment(catalog.units.segmentOf(unit))
    const ordinal = catalog.units.ordinalOf(unit)
    const base = bases?.subarray(ordinal * idLength, (ordinal + 1) * idLength)
    if (!base?.some((byte) => byte !== 0)) return true
    unit = catalog.units.find(base, 0)
  }
  return false
}
