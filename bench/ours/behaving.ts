import type { BackupProvider } from '@backup/core'

/** What a provider is like, in a measurement. */
export interface Behaviour {
  /** Its line, for what is stored; as fast as the disk when absent. */
  bytesPerSecond?: number
  /** Answers no call any more after so many objects were stored. */
  hangsAfterPuts?: number
}

/** The same provider with this behaviour. */
export function behaving(provider: BackupProvider, behaviour: Behaviour): BackupProvider {
  const { bytesPerSecond, hangsAfterPuts = Infinity } = behaviour
  let puts = 0
  /** When the line is free again. */
  let freeAt = 0
  const pass = async (signal: AbortSignal | undefined): Promise<void> => {
    if (puts < hangsAfterPuts) return
    await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }
  const send = async (bytes: number): Promise<void> => {
    if (bytesPerSecond === undefined) return
    freeAt = Math.max(freeAt, performance.now()) + (bytes / bytesPerSecond) * 1000
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, freeAt - performance.now())))
  }
  return {
    ...provider,
    open: async (options) => (await pass(options.signal), provider.open(options)),
    async put(key, body, options = {}) {
      await pass(options.signal)
      puts++
      await send(body.length)
      return provider.put(key, body, options)
    },
    get: async (key, options = {}) => (await pass(options.signal), provider.get(key, options)),
    stat: async (key, options = {}) => (await pass(options.signal), provider.stat(key, options)),
    async *list(prefix, options = {}) {
      await pass(options.signal)
      yield* provider.list(prefix, options)
    },
    delete: async (key, options = {}) => (await pass(options.signal), provider.delete(key, options)),
  }
}
