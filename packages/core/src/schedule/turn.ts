import { BackupError } from '../errors.ts'
import { type Due, dueNow } from './due.ts'
import { type HeldLease, type Lease, leaseMs } from './lease.ts'
import type { Memory } from './memory.ts'
import { type RunTools, runSlot } from './run-slot.ts'
import { type JobReport, type Slot, serve } from './slot.ts'

export interface TurnTools extends RunTools {
  readonly lease: Lease | undefined
  readonly memory: Memory
  readonly warn: (job: string, message: string) => void
}

/** Once more, and then it waits for its next time: a job that kills its program must not do so for ever. */
const triesAfterInterruption = 2

/**
 * The turn of a job whose time has come: asks the other processes, looks again at what is known, and runs it if it is still to be done.
 *
 * @returns nothing when it did not run
 */
export async function takeTurn(slot: Slot, wanted: Due, tools: TurnTools): Promise<JobReport | undefined> {
  const { timers, now, emit, warn } = tools
  const { job } = slot
  let held: HeldLease | undefined
  try {
    if (tools.lease) {
      held = await tools.lease.take(job.name)
      if (!held) {
        slot.blockedUntil = timers.now() + leaseMs
        if (slot.othersMs === wanted.plannedMs) return undefined
        slot.othersMs = wanted.plannedMs
        emit({ type: 'job-skipped', job: job.name, at: now(), planned: wanted.plannedMs, reason: 'other-process' })
        return undefined
      }
    }
  } catch (error) {
    // Rather twice than never: backups of several processes do each other no harm.
    warn(job.name, `Other processes cannot be told: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    return await runIfDue(slot, wanted, tools)
  } finally {
    // What is left of it runs out by itself.
    await held?.release().catch(() => {})
  }
}

async function runIfDue(slot: Slot, wanted: Due, tools: TurnTools): Promise<JobReport | undefined> {
  const { now, emit, memory, stop } = tools
  const { job, plan } = slot
  const known = await memory.reload(slot)
  await memory.reloadPause(slot)
  if (slot.pausedMs !== undefined && wanted.reason !== 'asked') return undefined
  const before = await noteInterruption(slot, tools)
  const unheardOf = !known && wanted.reason === 'due'
  const found = wanted.reason === 'asked' || unheardOf ? wanted : dueNow(plan, job.name, slot.record, now())
  if (!found || stop.aborted) return undefined
  const due = punctual(found, wanted)
  if (due.missed > 0) {
    const caughtUp = job.catchUp !== false
    slot.record = { ...slot.record, missed: slot.record.missed + due.missed }
    emit({ type: 'job-missed', job: job.name, at: now(), count: due.missed, since: due.sinceMs, caughtUp })
    if (!caughtUp) {
      serve(slot, due.plannedMs)
      await memory.save(slot)
      return undefined
    }
  }
  if (before?.plannedMs !== due.plannedMs) return runSlot(slot, due, tools)
  return runSlot(slot, { ...due, reason: 'interrupted', attempt: before.tries + 1 }, tools)
}

/** What waited for its turn was not missed meanwhile. */
function punctual(found: Due, wanted: Due): Due {
  const missed = Math.min(found.missed, wanted.missed)
  return { ...found, missed, reason: found.reason === 'missed' && missed === 0 ? 'due' : found.reason }
}

/** Whoever began it is no more, for nobody else holds the lease. @returns the run that was interrupted, if it is to be tried again */
async function noteInterruption(slot: Slot, { memory, emit, now }: TurnTools): Promise<Slot['record']['running']> {
  const { running, ...rest } = slot.record
  if (!running) return undefined
  const message = 'The program ended while it ran.'
  const failures = rest.failures + 1
  slot.record = { ...rest, failures, last: { startMs: running.startMs, durationMs: 0, outcome: 'interrupted', message } }
  const enough = running.tries >= triesAfterInterruption
  if (enough) serve(slot, running.plannedMs)
  await memory.save(slot)
  const error = { kind: 'permanent', message, hint: 'See why it ended: no memory, a restart, or the power was cut.' }
  const common = { job: slot.job.name, at: now(), planned: running.plannedMs, durationMs: 0 }
  emit({ type: 'job-error', ...common, outcome: 'interrupted', error, failures })
  return enough ? undefined : running
}

/** Nothing came of it: whoever asked for it is told. */
export function notDone(slot: Slot, kind: 'busy' | 'cancelled', nowMs: number): JobReport {
  const what = kind === 'busy' ? 'runs in another process' : 'did not begin before the scheduler was told to stop'
  const error = new BackupError(kind, `"${slot.job.name}" ${what}.`, { key: slot.job.name })
  return { job: slot.job.name, planned: new Date(nowMs), outcome: 'cancelled', durationMs: 0, error }
}
