import type { StateStore } from '../contract/runtime.ts'
import { type Timers, sleep } from '../provider/timers.ts'
import type { Job } from './job.ts'
import { freshRecord, loadPause, loadRecord, savePause, saveRecord } from './record.ts'
import type { Slot } from './slot.ts'

/** What is remembered of jobs beyond this process. It fails in silence towards the jobs: a cache must not keep anything from being done. */
export interface Memory {
  save(slot: Slot): Promise<void>
  /** @returns whether something was remembered */
  reload(slot: Slot): Promise<boolean>
  /** Writes down whether the job is paused. @throws whatever the state throws: nobody is to believe what is not so after a restart */
  savePause(slot: Slot): Promise<void>
  /** Looks whether it is, as others may have decided. */
  reloadPause(slot: Slot): Promise<void>
  /** Fills in what is known of all jobs, once. */
  load(): Promise<void>
}

export interface MemoryOptions {
  readonly state: StateStore | undefined
  readonly slots: readonly Slot[]
  readonly timers: Timers
  readonly now: () => number
  readonly warn: (job: string, message: string) => void
}

const askingMs = 60_000

export function jobMemory({ state, slots, timers, now, warn }: MemoryOptions): Memory {
  let loading: Promise<void> | undefined

  const save = async (slot: Slot): Promise<void> => {
    if (!state) return
    try {
      await saveRecord(state, slot.job.name, slot.record)
      slot.unsaved = false
    } catch (error) {
      slot.unsaved = true
      warn(slot.job.name, `What was done could not be remembered: ${textOf(error)}`)
    }
  }
  const reload = async (slot: Slot): Promise<boolean> => {
    if (!state || slot.unsaved) return false
    try {
      const record = await loadRecord(state, slot.job.name)
      if (record) slot.record = record
      return record !== undefined
    } catch (error) {
      warn(slot.job.name, `What was done before could not be read: ${textOf(error)}`)
      return false
    }
  }
  const reloadPause = async (slot: Slot): Promise<void> => {
    if (!state) return
    try {
      slot.pausedMs = await loadPause(state, slot.job.name)
    } catch (error) {
      warn(slot.job.name, `Whether it is paused could not be read: ${textOf(error)}`)
    }
  }
  /** What was never done is due at once, unless nobody says so. */
  const firstSight = async (slot: Slot): Promise<void> => {
    const { lastRun } = slot.job
    const done = lastRun && (await lastKnown(lastRun, timers))
    slot.record = freshRecord(done?.getTime() ?? now())
    slot.urgent = lastRun !== undefined && done === undefined
    if (!slot.urgent) await save(slot)
  }
  const loadAll = async (): Promise<void> => {
    for (const slot of slots) {
      await reloadPause(slot)
      if (!(await reload(slot))) await firstSight(slot)
    }
  }
  return {
    save,
    reload,
    reloadPause,
    async savePause({ job, pausedMs }) {
      if (state) await savePause(state, job.name, pausedMs)
    },
    load: () => (loading ??= loadAll()),
  }
}

/** Nothing when it was never done, or nobody can say so. */
async function lastKnown(lastRun: NonNullable<Job['lastRun']>, timers: Timers): Promise<Date | undefined> {
  const patience = new AbortController()
  const answered = new AbortController()
  const asking = new Promise<Date | undefined>((resolve) => resolve(lastRun({ signal: patience.signal })))
  const late = sleep(timers, askingMs, answered.signal, 'asking for the last run').then(
    () => patience.abort(),
    () => {},
  )
  try {
    const found = await Promise.race([asking.catch(() => undefined), late])
    return found instanceof Date && Number.isFinite(found.getTime()) ? found : undefined
  } finally {
    answered.abort()
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
