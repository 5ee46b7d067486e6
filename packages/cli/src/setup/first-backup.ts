import type { Backup } from '@backup/core'
import { BackupError } from '@backup/core'
import type { CommandContext } from '../command/command.ts'
import { bytesText, countText, durationText } from '../terminal/amounts.ts'

/** A backup, and the proof that it can be restored: a real restore into a scratch folder, which the source examines. */
export async function firstBackup({ out, follow, shell: { signal } }: CommandContext, backup: Backup): Promise<object> {
  const snapshot = await follow(backup.run({ signal }))
  const { id, sizeBytes, storedBytes, durationMs, source } = snapshot
  out.good(
    `${source.label}: ${bytesText(sizeBytes)} backed up in ${durationText(durationMs)}, ` +
      `${bytesText(storedBytes)} stored. Snapshot ${id.slice(0, 12)}.`,
  )
  const report = await follow(backup.verify({ depth: 'restore', signal }))
  const { ok, problems, restore } = report
  if (!ok || !restore) {
    throw new BackupError('corrupt', `The backup was made, and cannot be restored: ${problems.map(({ message }) => message).join(' ')}`, {
      hint: 'The disk may be failing. Choose another place, and run "npx backup init" again.',
    })
  }
  out.good(`Restored for a trial in ${durationText(restore.durationMs)}, and removed again: ${foundText(source.name, restore.check)}`)
  return { snapshot, verified: report }
}

function foundText(source: string, check: { readonly ok: boolean; readonly counts?: Readonly<Record<string, number>> } | undefined): string {
  if (!check) return 'every byte is as it was.'
  const entries = Object.entries(check.counts ?? {})
  if (source !== 'sqlite') return `${entries.map(([what, count]) => `${what}: ${count}`).join(', ')}; sound.`
  const rows = entries.reduce((sum, [, count]) => sum + count, 0)
  return `${countText(entries.length, 'table')} with ${countText(rows, 'row')}, sound.`
}
