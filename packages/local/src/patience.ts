import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from './fs-error.ts'

const heldCodes = new Set(['EPERM', 'EACCES', 'EBUSY'])
const longestWaitMs = 1_000
const patienceMs = 60_000

export interface PatienceOptions {
  readonly platform?: NodeJS.Platform
  readonly patienceMs?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * On Windows a file cannot be renamed or removed while a virus scanner or an indexer looks at it, which they
 * do to every new file. So rename and remove are repeated there for up to a minute; elsewhere the first
 * refusal is final.
 */
export async function untilReleased<T>(change: () => Promise<T>, options: PatienceOptions = {}): Promise<T> {
  if ((options.platform ?? process.platform) !== 'win32') return change()
  const givesUpAt = performance.now() + (options.patienceMs ?? patienceMs)
  for (let waitMs = 10; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      return await change()
    } catch (error) {
      const held = heldCodes.has(codeOf(error) ?? '')
      if (!held || options.signal?.aborted || performance.now() + waitMs > givesUpAt) throw error
      await sleep(waitMs)
    }
  }
}
