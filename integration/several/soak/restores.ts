import { rm } from 'node:fs/promises'
import { type Backup, BackupError } from '@backup/core'
import { examineBank } from './bank.ts'
import { describe } from './member.ts'
import { type Setting, pathOf } from './place.ts'
import type { Tally } from './tally.ts'

/** Its tag names the database, its note says how much was in that at least. */
type Restored = Awaited<ReturnType<Backup['snapshots']>>[number]

/** Restores snapshots into scratch, and holds them against one another. */
export interface Restores {
  /** One at random. */
  random(): Promise<void>
  one(backup: Backup, snapshot: Restored): Promise<void>
}

export function restores(setting: Setting, backup: Backup, tally: Tally): Restores {
  /** Transfers in what was restored, by database and time. */
  const seen = new Map<string, Map<number, number>>()

  const one: Restores['one'] = async (from, snapshot) => {
    const { id, note, time, tags } = snapshot
    const [database = ''] = tags
    const to = pathOf(setting, `scratch-${id.slice(0, 16)}.db`)
    try {
      await from.restore(id, { to, overwrite: true, reason: 'soak' })
      const { made, faults } = examineBank(to)
      for (const fault of faults) tally.fail(`Snapshot ${id} of ${database}: ${fault}`)
      if (made < Number(note)) tally.fail(`Snapshot ${id} of ${database} holds ${made} transfers, and there were ${note} before.`)
      compare(database, time.getTime(), made)
      tally.count('restores checked')
    } finally {
      for (const ending of ['', '-wal', '-shm']) await rm(`${to}${ending}`, { force: true })
    }
  }
  const compare = (database: string, time: number, made: number): void => {
    const others = seen.get(database) ?? new Map<number, number>()
    seen.set(database, others.set(time, made))
    for (const [when, count] of others) {
      if ((when < time && count > made) || (when > time && count < made)) tally.fail(`Of ${database} there were ${made} transfers at ${time}, and ${count} at ${when}.`)
    }
  }

  return {
    one,
    async random() {
      const all = await backup.snapshots()
      const chosen = all[Math.floor(Math.random() * all.length)]
      if (!chosen) return
      try {
        await one(backup, chosen)
      } catch (error) {
        // It may have been dropped since.
        const isThere = (await backup.snapshots()).some(({ id }) => id === chosen.id)
        if (isThere || !BackupError.is(error, 'not-found', 'config')) tally.fail(`Snapshot ${chosen.id} cannot be restored: ${describe(error)}`)
        else tally.count('dropped before they were restored')
      }
    },
  }
}
