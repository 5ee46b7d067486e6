import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { durationText } from '../track/words.ts'

/**
 * Waits so long and no longer, also for what does not listen to its signal.
 *
 * @throws `transient` when it took too long; `cancelled` when the caller gave up
 */
export async function within<Result>(ms: number, who: string, { signal }: CallOptions, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const patience = new AbortController()
  const late = new Promise<never>((_, reject) => patience.signal.addEventListener('abort', () => reject(patience.signal.reason), { once: true }))
  const giveUp = (): void => patience.abort(new BackupError('cancelled', `Cancelled while waiting for ${who}.`, { cause: signal?.reason }))
  const timer = setTimeout(() => patience.abort(new BackupError('transient', `${who} did not answer within ${durationText(ms)}.`)), ms)
  try {
    if (signal?.aborted) giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    return await Promise.race([late, work(patience.signal)])
  } catch (error) {
    // Whoever listened says that he was cancelled; why is known here.
    throw patience.signal.aborted ? patience.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}
