import { setTimeout as sleep } from 'node:timers/promises'
import { type Backup, BackupError } from '@backup/core'
import type { Setting } from './place.ts'
import { type Tally, createTally, messageOf } from './tally.ts'

/** One process of a soak: it does its work until it is told to stop, then brings the third provider what it still owes it. */
export interface Member {
  readonly setting: Setting
  readonly who: string
  readonly tally: Tally
  /** Nothing is begun any more, and nothing fails any more. */
  readonly stopped: AbortSignal
  /** Does something again and again; what it throws is a failure. */
  every(ms: number, what: string, work: () => Promise<void>): Promise<void>
  /** Delivers what waits, closes, and lets the process end. */
  leave(...backups: readonly Backup[]): Promise<void>
}

export function member(): Member {
  const { setting, who } = JSON.parse(process.argv[2] ?? '') as { setting: Setting; who: string }
  const tally = createTally()
  const stop = new AbortController()
  const say = (): void => void (process.connected && process.send?.(messageOf(tally)))
  const timer = setInterval(say, 500)
  process.once('message', () => stop.abort())
  // Whoever started it is gone.
  process.once('disconnect', () => process.exit(1))

  return {
    setting,
    who,
    tally,
    stopped: stop.signal,
    async every(ms, what, work) {
      while (!stop.signal.aborted) {
        const begunAt = performance.now()
        try {
          await work()
          tally.count(what)
        } catch (error) {
          tally.fail(`${who}, ${what}: ${describe(error)}`)
        }
        await sleep(Math.max(20, ms - (performance.now() - begunAt)), undefined, { signal: stop.signal }).catch(() => {})
      }
    },
    async leave(...backups) {
      for (const backup of backups) {
        try {
          const waiting = (await backup.sync({ compare: false })).filter((status) => status.waiting > 0)
          for (const status of waiting) tally.fail(`${who} still owes ${status.waiting} objects to ${status.location}.`)
          await backup.close()
        } catch (error) {
          tally.fail(`${who}, leaving: ${describe(error)}`)
        }
      }
      clearInterval(timer)
      say()
      process.removeAllListeners('disconnect')
      if (process.connected) process.disconnect()
    },
  }
}

export function describe(error: unknown): string {
  if (!BackupError.is(error)) return String((error as Error).stack ?? error)
  return `${error.kind}: ${error.message} ${error.hint ?? ''}`
}
