import { BackupError, type Usage } from '@backup/core'
import type { Connection } from './connection.ts'
import { listObjects } from './list.ts'
import { together } from './together.ts'

/** A size that the owner sets for a place that has none of its own. */
export interface Budget {
  /** Sets bytes aside before anything of them is sent; `undefined` when they do not fit. */
  reserve(bytes: number, signal: AbortSignal | undefined): Promise<Reserved | undefined>
  /** Something was removed, so that the next count will be lower. */
  removed(): void
  /** Counts anew. */
  usage(signal: AbortSignal | undefined): Promise<Usage>
}

export interface Reserved {
  /** The put is over: was something stored that was not there before? */
  settle(stored: boolean): void
}

/** Others may write too: what they did is seen after so long at the latest. */
const recountMs = 24 * 60 * 60 * 1000
/** Before a put is refused all is counted anew, unless that was done so short a time ago. */
const secondLookMs = 60 * 1000

export function budget(connection: Connection, totalBytes: number): Budget {
  let usedBytes = 0
  let countedAt = -Infinity
  /** Of puts that are under way. */
  let underWayBytes = 0
  /** Of puts that were under way at some moment of a count: it may have seen them, or not. */
  let meanwhileBytes = 0

  const count = together('counting what is stored', async (signal) => {
    meanwhileBytes = underWayBytes
    const begunAt = Date.now()
    let bytes = 0
    for await (const { size } of listObjects(connection, '', signal)) bytes += size
    usedBytes = bytes + meanwhileBytes
    countedAt = begunAt
  })
  const add = (bytes: number): void => {
    usedBytes += bytes
    meanwhileBytes += bytes
  }

  return {
    async reserve(bytes, signal) {
      const ageMs = (): number => Date.now() - countedAt
      if (ageMs() > recountMs) await count(signal)
      if (usedBytes + bytes > totalBytes && ageMs() > secondLookMs) await count(signal)
      if (usedBytes + bytes > totalBytes) return undefined
      add(bytes)
      underWayBytes += bytes
      return {
        settle(stored) {
          underWayBytes -= bytes
          if (!stored) add(-bytes)
        },
      }
    },

    removed() {
      countedAt = Math.min(countedAt, Date.now() - secondLookMs - 1)
    },

    async usage(signal) {
      await count(signal)
      return { usedBytes, freeBytes: Math.max(0, totalBytes - usedBytes), totalBytes }
    },
  }
}

export function beyondBudget(key: string, bytes: number, totalBytes: number): BackupError {
  const message = `${key} with its ${bytes} bytes would go beyond the ${totalBytes} of the budget.`
  const hint = 'Raise "budgetBytes", or remove snapshots that are not needed.'
  return new BackupError('quota', message, { plugin: 's3', key, hint })
}
