import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { readFields } from '../format/fields.ts'
import { hex, utf8 } from '../format/text.ts'
import { type Timers, sleep } from '../provider/timers.ts'

/**
 * A lease on the name of a job, so that of several processes with one local state only one runs it.
 *
 * A state store can read and write, and not compare and swap. Hence Fischer's algorithm (L. Lamport, "A Fast Mutual Exclusion
 * Algorithm", 1987): when the lease is free, write your name, wait longer than a write takes, and read it again; it is yours when it is
 * your name. Whoever took longer himself than he then waited may have overwritten the name of one who runs already: he takes his own
 * away, waits until that one has renewed his, and starts over with a longer wait.
 *
 * What it guarantees: processes that begin at the same moment come to one that runs, as long as none of them is held up, between
 * seeing that the lease is free and having written his name, for longer than the wait and without noticing. What it does not: that two
 * runs never overlap in any event, for instance when a process sleeps for longer than its lease and wakes up. No harm comes of that:
 * backups of several processes into one repository are safe.
 *
 * One that was left by a process that died runs out after {@link leaseMs}; so does one from the future, left before the clock was set
 * back.
 */
export interface Lease {
  /** Takes it. @returns nothing when somebody else has it */
  take(job: string): Promise<HeldLease | undefined>
}

export interface HeldLease {
  /** Gives it back. */
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly state: StateStore
  readonly timers: Timers
  /** Wall clock in milliseconds, the same for all processes of this machine. */
  readonly now: () => number
  /** It could not be renewed, or somebody took it. */
  readonly onTrouble: (job: string, message: string) => void
}

export const leaseMs = 90_000
const renewMs = leaseMs / 3
// Writes on a busy machine take a tenth of that.
const waitMs = 1_000
const longestWaitMs = 8_000

export function leases({ state, timers, now, onTrouble }: LeaseOptions): Lease {
  const owner = hex(crypto.getRandomValues(new Uint8Array(8)))
  /** Longer than a write takes on this store, as far as is known. */
  let wait = waitMs

  const read = async (item: string): Promise<{ owner: string; untilMs: number } | undefined> => {
    const bytes = await state.read(item)
    const found = bytes && parse(bytes)
    if (!found) return undefined
    const leftMs = found.untilMs - now()
    return leftMs > 0 && leftMs <= leaseMs ? found : undefined
  }
  const write = (item: string): Promise<void> => state.write(item, utf8(JSON.stringify({ owner, untilMs: now() + leaseMs })))

  const hold = (job: string, item: string): HeldLease => {
    let timer: unknown
    let released = false
    const renew = async (): Promise<void> => {
      try {
        const found = await read(item)
        if (found && found.owner !== owner) onTrouble(job, 'Another process has taken over; it may run twice this time.')
        else if (!released) await write(item)
      } catch (error) {
        onTrouble(job, `The lease could not be renewed: ${error instanceof Error ? error.message : String(error)}`)
      }
      if (!released) later()
    }
    const later = (): void => {
      timer = timers.setTimeout(() => void renew(), renewMs)
    }
    later()
    return {
      async release() {
        released = true
        timers.clearTimeout(timer)
        const found = await read(item)
        if (found?.owner === owner) await state.remove(item)
      },
    }
  }

  return {
    async take(job) {
      const item = `lease-${job}`
      for (;;) {
        const startedMs = timers.now()
        if (await read(item)) return undefined
        await write(item)
        const tookMs = timers.now() - startedMs
        await sleep(timers, wait, undefined, 'waiting for a lease')
        if ((await read(item))?.owner !== owner) return undefined
        // A store that is always slower than the longest wait must not keep backups from being made.
        if (tookMs < wait || wait >= longestWaitMs) return hold(job, item)
        await state.remove(item)
        await sleep(timers, renewMs + wait, undefined, 'waiting for whoever holds the lease')
        wait *= 2
      }
    },
  }
}

function parse(bytes: Uint8Array): { owner: string; untilMs: number } | undefined {
  try {
    const fields = readFields(bytes, 'lease')
    return { owner: fields.text('owner'), untilMs: fields.number('untilMs', Number.MIN_SAFE_INTEGER) }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}
