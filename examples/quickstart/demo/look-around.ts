import { type Backup, type SnapshotInfo, fifteenYears, planRetention } from '@backup/core'
import { bytesText, numberText } from '@backup/cli/terminal'
import { follow } from '../render/follow.ts'
import { note, prove } from './ledger.ts'
import type { Stage } from './stage.ts'

/** What there is now, and what would be kept of it. */
export async function listSnapshots({ screen, signal }: Stage, backup: Backup): Promise<void> {
  screen.step('Snapshots, and what retention would keep')
  const snapshots = await backup.snapshots({ signal })
  const plan = await backup.retentionPlan({ signal })
  const reasons = new Map(plan.keep.map(({ id, reasons: [reason = ''] }) => [id, reason]))
  screen.table(
    [
      { title: 'Id', align: 'left' },
      { title: 'Taken', align: 'left' },
      { title: 'What', align: 'left' },
      { title: 'Stored', align: 'right' },
      { title: 'Kept because', align: 'left', spare: true },
    ],
    snapshots.map(({ id, time, note: what, storedBytes }) => [
      id.slice(0, 8), timeOf(time), what ?? '', bytesText(storedBytes), reasons.get(id) ?? 'not kept',
    ]),
  )
  const today = `Fifteen years of retention keep ${plan.keep.length} of ${snapshots.length} today.`
  screen.say(`${today} ${inAYear(snapshots)}`)
}

/** Reads and checks every byte that is stored. */
export async function verifyAll(stage: Stage, backup: Backup): Promise<void> {
  const { screen, signal } = stage
  screen.step('Verify')
  const { result, tookMs } = await follow(backup.verify({ depth: 'data', signal }), screen)
  const { checkedBytes: bytes, packs, problems, ok } = result
  note(stage, { what: 'Verify', bytes, tookMs }, 'checked')
  for (const { key, message } of problems) screen.bad(`${key}: ${message}`)
  const all = `${numberText(packs)} ${packs === 1 ? 'pack' : 'packs'}`
  prove(stage, `Every byte of ${all} decrypts and is what its name says.`, ok)
}

/** A plan is a value, so it can be asked about any day. Nothing is removed. */
function inAYear(snapshots: readonly SnapshotInfo[]): string {
  const now = new Date()
  now.setFullYear(now.getFullYear() + 1)
  const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions()
  const { keep } = planRetention(snapshots, fifteenYears(), { now, zone })
  const why = keep.map(({ reasons }) => reasons.join(', ')).join('; ')
  return `In a year it would be ${keep.length} (${why}).`
}

/** `14:03:27`, on the clock of the wall. */
function timeOf(time: Date): string {
  return time.toTimeString().slice(0, 8)
}
