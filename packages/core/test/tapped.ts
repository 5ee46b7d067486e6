import type { BackupProvider } from '../src/contract/provider.ts'

interface Call {
  /** From 1. */
  readonly number: number
  readonly method: 'open' | 'put' | 'get' | 'stat' | 'list' | 'delete'
  /** Key or prefix. */
  readonly key: string
}

export interface Tap {
  /** Before the call reaches the provider; an error thrown here is what the caller gets instead. */
  before?(call: Call): void
  /** When it was carried out; an error thrown here takes the place of the answer. */
  after?(call: Call): void
}

/** A provider whose calls are watched, counted, and interfered with. */
export function tapped(inner: BackupProvider, tap: Tap): BackupProvider {
  let calls = 0
  const through = async <T>(method: Call['method'], key: string, carryOut: () => Promise<T>): Promise<T> => {
    const call = { number: ++calls, method, key }
    tap.before?.(call)
    const answer = await carryOut()
    tap.after?.(call)
    return answer
  }
  return {
    ...inner,
    open: (options) => through('open', '', () => inner.open(options)),
    put: (key, body, options) => through('put', key, () => inner.put(key, body, options)),
    get: (key, options) => through('get', key, () => inner.get(key, options)),
    stat: (key, options) => through('stat', key, () => inner.stat(key, options)),
    delete: (key, options) => through('delete', key, () => inner.delete(key, options)),
    async *list(prefix, options) {
      const call: Call = { number: ++calls, method: 'list', key: prefix }
      tap.before?.(call)
      yield* inner.list(prefix, options)
      tap.after?.(call)
    },
  }
}
