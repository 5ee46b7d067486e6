import type { Backup } from '@backup/core'
import { agoText, timeText } from '../terminal/amounts.ts'
import { failureText } from '../terminal/failure.ts'
import { type Check, fail, ok, warn } from './check.ts'

/** Do the keys open it, and how old is the newest snapshot? */
export async function checkRepository(backup: Backup, now: Date, signal: AbortSignal): Promise<Check[]> {
  try {
    const snapshots = await backup.snapshots({ signal })
    const copies = await backup.copies({ signal })
    const behind = copies.filter(({ waiting, problem }) => waiting > 0 || problem)
    return [
      ok(`the keys open the repository; ${snapshots.length} snapshots`),
      checkAge(snapshots.at(-1)?.time, now),
      ...behind.map(({ location, waiting }) => warn(`${location} lacks ${waiting} objects.`, 'Run "npx backup sync".')),
    ]
  } catch (error) {
    if (signal.aborted) throw error
    const { what, advice } = failureText(error, 'The repository cannot be read')
    return [fail(what, advice)]
  }
}

function checkAge(newest: Date | undefined, now: Date): Check {
  if (newest === undefined) return warn('There is no snapshot yet.', 'Run "npx backup run".')
  const text = `the newest snapshot is of ${timeText(newest)} (${agoText(newest, now)})`
  if (newest.getTime() > now.getTime() + clockSlackMs) {
    return fail(`${text}: the clock of this machine, or of the one that made it, is wrong.`, 'Set the clock, and let the system keep it right (NTP).')
  }
  if (now.getTime() - newest.getTime() > oldMs) return warn(`${text}.`, 'Run "npx backup run", and see to it that something runs it by itself: "npx backup watch", or "npx backup schedule install".')
  return ok(text)
}

const clockSlackMs = 5 * 60_000
const oldMs = 2 * 86_400_000
