import { median } from '../../keep/median.ts'
import { durationText, percentText } from '../../track/words.ts'
import type { HealthFacts } from '../facts.ts'
import { isCancelled, metricsOf } from '../metrics.ts'
import { type Condition, dayMs, hourMs, minuteMs, when } from '../reason.ts'
import { endedBackups, foundInData, isSuspect, lastBackupAt, pastSnapshots } from '../views.ts'
import { storingTrouble } from './providers.ts'

/** So many in a row are no accident. */
const manyFailures = 3

/** There is a repository, and nothing in it. Whoever has just set it up gets a while. */
export const noBackup: Condition = (facts) =>
  when(!facts.closed && facts.snapshots.length === 0 && facts.damaged.length === 0, () => ({
    id: 'no-backup',
    severity: 'critical',
    title: 'There is no backup yet',
    message: `${facts.label} has never been backed up here.`,
    action: 'Run a backup, and let a schedule do so from now on.',
    patienceMs: hourMs,
    ...because(storingTrouble(facts)),
  }))

/** The recovery point objective is missed: more data would be lost than may be. */
export const backupOverdue: Condition = (facts, { rpoMs }, now) => {
  const last = lastBackupAt(facts, now)
  const ageMs = last ? now.getTime() - last.getTime() : 0
  const failing = failuresInARow(facts) > 0 ? 'backup-failing' : undefined
  const [newest] = pastSnapshots(facts, now)
  const damaged = newest && isSuspect(newest) ? (foundInData(newest).length > 0 ? 'live-data-damaged' : 'snapshots-damaged') : undefined
  return when(last !== undefined && ageMs > rpoMs, () => ({
    id: 'backup-overdue',
    severity: ageMs > 3 * rpoMs ? 'critical' : 'warning',
    title: `No good backup for ${durationText(ageMs)}`,
    message: `The newest backup to rely on is of ${last!.toISOString()}; it is to be no older than ${durationText(rpoMs)}.`,
    action: 'Run a backup now. Then see to it that the schedule runs, and that the machine and the program do.',
    since: new Date(last!.getTime() + rpoMs),
    ...because(storingTrouble(facts) ?? failing ?? damaged),
  }))
}

/** The last run failed, or several did. */
export const backupFailing: Condition = (facts) => {
  const failures = failuresInARow(facts)
  const runs = endedBackups(facts)
  const [last] = runs
  return when(failures > 0, () => ({
    id: 'backup-failing',
    severity: failures >= manyFailures ? 'critical' : 'warning',
    title: failures === 1 ? 'The last backup failed' : `The last ${failures} backups failed`,
    message: last!.error?.message ?? 'It is not known why.',
    action: failureAction(last!.error?.kind),
    since: new Date(runs[failures - 1]!.at),
    ...because(storingTrouble(facts)),
  }))
}

/** Backups of late take three times as long as before: a disk that dies, a line that is throttled, a database without bounds. */
export const slowBackups: Condition = ({ history }) => {
  const durations = history.filter(({ operation, ok }) => operation === 'backup' && ok).map(({ durationMs }) => durationMs).slice(-33)
  const usualMs = median(durations.slice(0, -3))
  // Of three, so that one import does not count.
  const lateMs = median(durations.slice(-3))
  return when(durations.length >= 8 && lateMs > 3 * usualMs && lateMs >= minuteMs, () => ({
    id: 'backup-slow',
    severity: 'warning',
    title: `Backups take ${durationText(lateMs)} instead of ${durationText(usualMs)}`,
    message: `The last three took ${durationText(lateMs)} in the middle, those before ${durationText(usualMs)}.`,
    action: 'Look at how much has changed, at the connection, and at the health of the disks.',
  }))
}

/** Many fail, although the last one may have worked. */
export const lowSuccess: Condition = (facts, { success }, now) => {
  const { runs, successRate = 1, failures } = metricsOf(facts.history, now, 7 * dayMs)
  return when(runs >= 10 && successRate < success, () => ({
    id: 'success-low',
    severity: 'warning',
    title: `${percentText(successRate)} of the backups of a week succeeded`,
    message: `${failures} of ${runs} failed. ${facts.history.findLast((entry) => !entry.ok && !isCancelled(entry))?.error?.message ?? ''}`.trim(),
    action: 'See what the failures have in common: an hour of the day, a provider, a kind of error.',
    calmMs: dayMs,
    ...because(storingTrouble(facts) ?? (failuresInARow(facts) > 0 ? 'backup-failing' : undefined)),
  }))
}

function failuresInARow(facts: HealthFacts): number {
  const runs = endedBackups(facts)
  const good = runs.findIndex(({ ok }) => ok)
  return good === -1 ? runs.length : good
}

const actions: Readonly<Record<string, string>> = {
  source: 'See whether the data can be opened and read by the program that owns it, then run again.',
  auth: 'Sign in again, or mend the rights of the account.',
  quota: 'Make room, or keep fewer old snapshots.',
  'target-missing': 'Mount the disk, or bring the folder or bucket back.',
  key: 'Use the right passphrase or key.',
}

function failureAction(kind = ''): string {
  return actions[kind] ?? 'Run a backup and read what it says.'
}

function because(id: string | undefined): { readonly because?: string } {
  return id === undefined ? {} : { because: id }
}
