import type { BackupProvider, ListedObject } from '../contract/provider.ts'
import { throwIfAborted } from '../errors.ts'
import { callWithRetry, type RetryPolicy } from './retry-call.ts'

/**
 * Objects taken over before the reader gets them: one guarded call for many objects keeps long listings
 * cheap.
 */
const objectsPerPage = 512

/**
 * A listing that starts again where it broke off: what was delivered once is not delivered again.
 *
 * It remembers the keys it delivered, about 100 bytes each.
 */
export async function* listWithRetry(
  provider: BackupProvider,
  policy: RetryPolicy,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const isNew = once()
  let listing: Listing | undefined
  let ended = false

  try {
    while (!ended) {
      const page: ListedObject[] = []
      ended = await callWithRetry(policy, {
        operation: 'list',
        key: prefix,
        bytes: 0,
        signal,
        run: async (attempt) => {
          if (attempt.previous) listing = undefined
          const current = (listing ??= startListing(provider, prefix))
          const stop = (): void => current.stop()
          attempt.signal.addEventListener('abort', stop, { once: true })
          try {
            return await fill(page, current, isNew, attempt.alive)
          } catch (error) {
            current.stop()
            throw error
          } finally {
            attempt.signal.removeEventListener('abort', stop)
          }
        },
      })
      for (const object of page) {
        throwIfAborted(signal, `listing ${prefix}`)
        yield object
      }
    }
  } finally {
    if (!ended) listing?.stop()
  }
}

/** Is a key met for the first time? As long as they come in order, as from most providers, one look at the last one tells. */
function once(): (key: string) => boolean {
  const inOrder: string[] = []
  let all: Set<string> | undefined
  return (key) => {
    if (!all && (inOrder.length === 0 || inOrder.at(-1)! < key)) {
      inOrder.push(key)
      return true
    }
    all ??= new Set(inOrder)
    if (all.has(key)) return false
    all.add(key)
    return true
  }
}

interface Listing {
  readonly objects: AsyncIterator<ListedObject>
  readonly stopped: () => boolean
  /**
   * Fires the listing's signal and lets go of it. Does not wait: a listing that hangs would never let us go.
   */
  stop(): void
}

function startListing(provider: BackupProvider, prefix: string): Listing {
  const controller = new AbortController()
  const objects = provider.list(prefix, { signal: controller.signal })[Symbol.asyncIterator]()
  return {
    objects,
    stopped: () => controller.signal.aborted,
    stop() {
      if (controller.signal.aborted) return
      controller.abort()
      objects.return?.().catch(() => {})
    },
  }
}

/**
 * True when the listing has ended. A listing that was stopped adds nothing more, even when it wakes up late.
 */
async function fill(
  page: ListedObject[],
  { objects, stopped }: Listing,
  isNew: (key: string) => boolean,
  alive: () => void,
): Promise<boolean> {
  while (page.length < objectsPerPage) {
    const { done, value } = await objects.next()
    if (stopped()) return false
    if (done) return true
    alive()
    if (isNew(value.key)) page.push(value)
  }
  return false
}
