import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Backup, type BackupProvider, type SnapshotInfo, createBackup } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { sha256Of } from '../demo/file-hash.ts'
import { soakSecret } from './secret.ts'

export interface RepositoryCheck {
  readonly snapshots: number
  readonly orphans: number
  readonly faults: readonly string[]
}

/**
 * Reads and checks every byte, removes the packs that this did not need, and then restores every snapshot,
 * without any local state. Each snapshot's note tells the SHA-256 of what was backed up.
 *
 * @param versions SHA-256 of each version of the database; all of them must be there
 */
export async function checkRepository(
  repository: string,
  database: string,
  versions: readonly string[],
): Promise<RepositoryCheck> {
  const faults: string[] = []
  const used = new Set<string>()
  const backup = openCold(watched(local(repository), used), database)
  try {
    const { ok, problems } = await backup.verify({ depth: 'data' })
    if (!ok) faults.push(...problems.map(({ key, message }) => `${key}: ${message}`))
    const orphans = [...packSizes(repository).keys()].filter((key) => !used.has(key))
    for (const key of orphans) rmSync(join(repository, key))

    const snapshots = await backup.snapshots()
    const missing = versions.filter((version) => !snapshots.some(({ note }) => note === version))
    faults.push(...missing.map((version) => `No snapshot holds version ${version}.`))
    for (const snapshot of snapshots) faults.push(...(await restoreFaults(backup, database, snapshot)))
    return { snapshots: snapshots.length, orphans: orphans.length, faults }
  } finally {
    await backup.close()
  }
}

async function restoreFaults(backup: Backup, database: string, snapshot: SnapshotInfo): Promise<string[]> {
  const { id, note } = snapshot
  const to = `${database}.restored`
  try {
    await backup.restore(id, { to, overwrite: true })
    return (await sha256Of(to)) === note ? [] : [`Snapshot ${id} is not what was backed up.`]
  } catch (error) {
    return [`Snapshot ${id} cannot be restored: ${(error as Error).message}`]
  }
}

/** Sizes of the packs that lie in a repository, by their keys. */
export function packSizes(repository: string): Map<string, number> {
  const root = join(repository, 'packs')
  if (!existsSync(root)) return new Map()
  const keys = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => `packs/${name}`)
    .filter((key) => packName.test(key))
  return new Map(keys.map((key) => [key, statSync(join(repository, key)).size]))
}

function openCold(provider: BackupProvider, database: string): Backup {
  const state = `${database}.state`
  rmSync(state, { recursive: true, force: true })
  return createBackup({ source: sqlite(database), providers: [provider], keys: soakSecret, state })
}

/** Notes which objects are read. */
function watched(provider: BackupProvider, used: Set<string>): BackupProvider {
  return {
    ...provider,
    get(key, options) {
      used.add(key)
      return provider.get(key, options)
    },
  }
}

const packName = /\/[0-9a-f]{64}$/
