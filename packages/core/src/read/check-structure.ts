import { BackupError, throwIfAborted } from '../errors.ts'
import { type ObjectName, commitPrefix, nameInKey, packKey, packPrefix } from '../format/names.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { sortedSnapshots } from './choose.ts'
import { lookingEverywhere, missingUnit } from './missing-unit.ts'
import { maxChain, unitReader } from './unit-reader.ts'
import { type Verification, note } from './verification.ts'
import { type StreamUnits, walkList } from './walk-list.ts'

/** Lists against packs against what is really there. Reads lists, no data. */
export async function checkStructure(verification: Verification): Promise<{ unusedPacks: number; packBytes: number }> {
  const { repository, context } = verification
  const { catalog, provider } = repository
  context.phase('plan')
  const there = new Map<string, number>()
  for await (const { key, size } of provider.list(packPrefix, { signal: context.signal })) there.set(key, size)

  const { users, failures } = await usersOfPacks(verification)
  verification.users = users
  let packBytes = 0
  for (const pack of catalog.packs.values()) {
    const key = packKey(pack.name)
    const size = there.get(key)
    there.delete(key)
    packBytes += pack.size
    if (size === pack.size) continue
    const found = size === undefined ? 'is not there' : `has ${size} bytes instead of ${pack.size}`
    const error = new BackupError(size === undefined ? 'not-found' : 'corrupt', `Pack ${key} ${found}.`, { key })
    note(verification, key, error, [...(users.get(pack.name) ?? []), ...(failures.get(key)?.snapshots ?? [])])
    failures.delete(key)
  }
  for (const [key, { error, snapshots }] of failures) note(verification, key, error, snapshots)
  return { unusedPacks: there.size, packBytes }
}

/**
 * The snapshots that cannot be restored completely without these objects.
 *
 * @param keys of packs and commits; with none, nothing is read
 */
export async function snapshotsThatNeed(repository: Repository, context: RunContext, keys: readonly string[]): Promise<Map<string, ObjectName[]>> {
  const needing = new Map<string, ObjectName[]>()
  if (keys.length === 0) return needing
  const { users, failures } = await usersOfPacks({ repository, context })
  for (const key of keys) {
    const name = nameInKey(key)!
    const own = key.startsWith(commitPrefix) ? [name] : []
    needing.set(key, [...new Set([...own, ...(users.get(name) ?? []), ...(failures.get(key)?.snapshots ?? [])])].sort())
  }
  return needing
}

interface PackUsers {
  /** Snapshots by the packs they need. */
  readonly users: Map<ObjectName, Set<ObjectName>>
  /** Lists that could not be read, by the object to blame. */
  readonly failures: Map<string, { readonly error: unknown; readonly snapshots: ObjectName[] }>
}

/** Walks all lists, and tells which snapshots need which packs. */
async function usersOfPacks({ repository, context }: Pick<Verification, 'repository' | 'context'>): Promise<PackUsers> {
  const reader = unitReader(repository)
  const call = { signal: context.signal }
  const users: PackUsers['users'] = new Map()
  const failures: PackUsers['failures'] = new Map()
  for (const { name, commit } of sortedSnapshots(repository)) {
    throwIfAborted(context.signal, 'verifying')
    for (const stream of commit.streams) {
      try {
        const packs = await lookingEverywhere(repository, call, async () => packsOf(repository, await walkList(reader, stream, call)))
        for (const pack of packs) users.set(pack, (users.get(pack) ?? new Set()).add(name))
      } catch (error) {
        const key = (BackupError.is(error) && error.key) || name
        failures.set(key, { error, snapshots: [...(failures.get(key)?.snapshots ?? []), name] })
      }
    }
  }
  return { users, failures }
}

function packsOf({ catalog }: Repository, units: StreamUnits): Set<ObjectName> {
  const packs = new Set<ObjectName>()
  for (let unit = 0; unit < units.count; unit++) {
    let id: Uint8Array | undefined = units.ids.subarray(unit * idLength, (unit + 1) * idLength)
    for (let link = 0; id; link++) {
      const found = catalog.units.find(id, 0)
      if (found < 0) throw missingUnit(id, 0)
      if (link > maxChain) throw new BackupError('corrupt', `A chain of deltas is longer than ${maxChain}.`)
      const segment = catalog.segment(catalog.units.segmentOf(found))
      packs.add(segment.pack)
      const ordinal = catalog.units.ordinalOf(found)
      const base: Uint8Array | undefined = segment.bases?.subarray(ordinal * idLength, (ordinal + 1) * idLength)
      id = base?.some((byte) => byte !== 0) ? base : undefined
    }
  }
  return packs
}
