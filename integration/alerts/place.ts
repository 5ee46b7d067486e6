import { BackupError, type BackupProvider, type ErrorKind } from '@backup/core'
import { type MemoryProvider, memoryProvider } from '@backup/core/testing'

/** A disk or an account that everything can happen to. */
export interface Place extends BackupProvider {
  readonly objects: MemoryProvider['objects']
  /** Every call fails with this kind. */
  fault: ErrorKind | undefined
  /** What is to be stored does not arrive, and nobody says so. */
  isStuck: boolean
  /** Bytes that others keep there. */
  othersBytes: number
  capacityBytes: number
  tellsRoom: boolean
}

export function place(name: string, location: string, nearby: boolean): Place {
  const inner = memoryProvider({ location })
  let release = (): void => {}
  let unstuck: Promise<void> | undefined
  const fail = (kind: ErrorKind, message: string): BackupError => new BackupError(kind, message, { plugin: name })
  const usedBytes = (): number => self.othersBytes + [...inner.objects.values()].reduce((sum, { length }) => sum + length, 0)
  const reach = (): void => {
    if (self.fault) throw fail(self.fault, faults[self.fault] ?? 'It does not work.')
  }
  const arrive = async (bytes: number, signal: AbortSignal | undefined): Promise<void> => {
    reach()
    if (usedBytes() + bytes > self.capacityBytes) throw fail('quota', 'No room for another byte.')
    const givenUp = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    if (unstuck) await Promise.race([unstuck, givenUp])
  }
  const self: Place = {
    ...inner,
    name,
    capabilities: { nearby },
    fault: undefined,
    get isStuck() {
      return unstuck !== undefined
    },
    set isStuck(isStuck) {
      release()
      unstuck = isStuck ? new Promise((resolve) => (release = resolve)) : undefined
    },
    othersBytes: 0,
    capacityBytes: 1e9,
    tellsRoom: true,
    open: async (options) => (reach(), inner.open(options)),
    async put(key, body, options) {
      await arrive(body.length, options?.signal)
      await inner.put(key, body, options)
    },
    get: async (key, options) => (reach(), inner.get(key, options)),
    stat: async (key, options) => (reach(), inner.stat(key, options)),
    async *list(prefix, options) {
      reach()
      yield* inner.list(prefix, options)
    },
    delete: async (key, options) => (reach(), inner.delete(key, options)),
    async usage() {
      reach()
      if (!self.tellsRoom) return {}
      return { usedBytes: usedBytes(), freeBytes: Math.max(0, self.capacityBytes - usedBytes()), totalBytes: self.capacityBytes }
    },
  }
  return self
}

const faults: { readonly [Kind in ErrorKind]?: string } = {
  auth: 'The password was changed.',
  'target-missing': 'The disk is not mounted.',
}
