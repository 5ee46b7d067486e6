import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Backup, BackupError } from '@backup/core'
import { openUpkeep, paths } from './upkeep.ts'

export interface Examination {
  /** Those of the candidates that open the repository. */
  readonly openers: readonly number[]
  readonly restored: number
  readonly faults: readonly string[]
}

/**
 * Looks at a copy of the repository, knowing nothing but a secret: every snapshot must come back byte for byte, and those that are not
 * there must have been dropped by retention, which says so in the audit trail.
 *
 * @param made ids of all snapshots that were made for certain; each carries the SHA-256 of what was backed up in its note
 */
export async function examine(folder: string, candidates: readonly number[], made: ReadonlySet<string>): Promise<Examination> {
  const { scratch, open } = copyOf(folder)
  try {
    const openers = await openersOf(candidates, open)
    const [opener] = openers
    if (opener === undefined) return { openers, restored: 0, faults: ['Neither the old nor the new secret opens the repository.'] }
    const backup = open(opener)
    const { restored, faults } = await restoreAll(backup, join(scratch, 'restored'), made)
    const { ok, problems } = await backup.verify({ depth: 'structure' })
    if (!ok) faults.push(...problems.map(({ key, message }) => `${key}: ${message}`))
    const audit = await backup.verifyAudit()
    faults.push(...audit.problems.map(({ message }) => `The audit trail: ${message}`))
    await backup.close()
    return { openers, restored, faults }
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function restoreAll(backup: Backup, to: string, made: ReadonlySet<string>): Promise<{ restored: number; faults: string[] }> {
  const snapshots = await backup.snapshots()
  const there = new Set(snapshots.map(({ id }) => id))
  const { entries } = await backup.audit({ action: 'retain', limit: 1_000_000 })
  const dropped = new Set(entries.flatMap(({ subject }) => subject))
  const gone = [...made].filter((id) => !there.has(id) && !dropped.has(id))
  const faults = gone.map((id) => `Snapshot ${id} is gone, and nobody dropped it.`)
  for (const { id, note } of snapshots) {
    await backup.restore(id, { to, overwrite: true })
    const sha256 = createHash('sha256').update(readFileSync(to)).digest('hex')
    if (sha256 !== note) faults.push(`Snapshot ${id} is not what was backed up.`)
  }
  return { restored: snapshots.length, faults }
}

/** Which of the secrets open the repository. */
export async function whoOpens(folder: string, candidates: readonly number[]): Promise<number[]> {
  const { scratch, open } = copyOf(folder)
  try {
    return await openersOf(candidates, open)
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** So that looking changes nothing. */
function copyOf(folder: string): { scratch: string; open: (opener: number) => Backup } {
  const scratch = mkdtempSync(join(folder, 'examine-'))
  const repository = join(scratch, 'repository')
  cpSync(paths(folder).repository, repository, { recursive: true })
  return { scratch, open: (opener) => openUpkeep(folder, { opener, repository, state: join(scratch, `state-${opener}`) }) }
}

async function openersOf(candidates: readonly number[], open: (opener: number) => Backup): Promise<number[]> {
  const openers: number[] = []
  for (const candidate of candidates) {
    const backup = open(candidate)
    try {
      await backup.snapshots()
      openers.push(candidate)
    } catch (error) {
      if (!BackupError.is(error, 'key')) throw error
    } finally {
      await backup.close()
    }
  }
  return openers
}

/** Temporary folders of processes in which something lies: that can be data in clear. */
export function scratchFolders(folder: string): string[] {
  const { state } = paths(folder)
  if (!existsSync(state)) return []
  const entries = readdirSync(state, { recursive: true, withFileTypes: true })
  const folders = entries.filter(({ name, parentPath }) => /^\d+$/.test(name) && parentPath.endsWith('scratch')).map(({ name, parentPath }) => join(parentPath, name))
  return folders.filter((path) => readdirSync(path).length > 0)
}
