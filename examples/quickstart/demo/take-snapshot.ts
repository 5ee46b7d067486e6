import type { Backup, SnapshotInfo } from '@backup/core'
import { follow } from '../render/follow.ts'
import { note } from './ledger.ts'
import type { Stage } from './stage.ts'

/** Backs up, and tells what it cost. */
export async function takeSnapshot(stage: Stage, backup: Backup, what: string): Promise<SnapshotInfo> {
  const { screen, signal } = stage
  const { result, tookMs } = await follow(backup.run({ note: what, signal }), screen)
  const { sizeBytes, freshBytes, storedBytes } = result
  note(stage, { what, bytes: sizeBytes, freshBytes, storedBytes, tookMs }, 'read')
  return result
}
