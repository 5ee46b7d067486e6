import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Backup, BackupError, type RestoreReport, type RestoreRequest } from '@backup/core'
import { follow } from '../render/follow.ts'
import { note } from './ledger.ts'
import type { Stage } from './stage.ts'

/** Restores with the library, and tells what it took. */
export async function restore(
  stage: Stage,
  backup: Backup,
  snapshot: string,
  what: string,
  request: RestoreRequest,
): Promise<RestoreReport> {
  const { screen, signal } = stage
  const { result, tookMs } = await follow(backup.restore(snapshot, { ...request, signal }), screen)
  note(stage, { what, bytes: result.restoreBytes, tookMs }, 'restored')
  return result
}

/**
 * Restores the newest snapshot with the program that lies in the repository: nothing of this project runs,
 * and no package is in reach.
 */
export async function restoreStandalone(stage: Stage, what: string, to: string): Promise<void> {
  const { screen, repository, secret, folder, signal } = stage
  const program = join(repository, 'restore', '1', 'restore.mjs')
  screen.detail(`node repository/restore/1/restore.mjs repository restore --to ${basename(to)}`)
  const startedAt = performance.now()
  screen.progress({ label: 'restoring' })
  const child = spawn(process.execPath, [program, repository, 'restore', '--to', to], {
    cwd: folder,
    env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, BACKUP_PASSPHRASE: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let said = ''
  const listen = (text: Buffer): void => void (said += text.toString())
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) {
    const message = `The standalone program ended with code ${code}: ${said.trim()}`
    throw new BackupError('permanent', message, { key: program })
  }
  note(stage, { what, bytes: statSync(to).size, tookMs: performance.now() - startedAt }, 'restored')
}
