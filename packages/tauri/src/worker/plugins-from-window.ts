import { type Answered, type MessageLike, type MessageTarget, type Port, greeting, heard } from './messages.ts'

/**
 * In the worker, before anything else: the plugins answer when this is done, through the window that calls `servePlugins`. Waits until it
 * does. Where they answer already, it does nothing.
 *
 * The plugins look for the application in `window`, so the worker gets one, with nothing else in it.
 *
 * @example
 * ```ts
 * await pluginsFromWindow()
 * const backup = createBackup({ source: tauriSqlite('sqlite:store.db'), providers: [tauriFolder('/mnt/usb/shop')], keys })
 * ```
 */
export async function pluginsFromWindow(): Promise<void> {
  const { window } = globalThis as { window?: { readonly __TAURI_INTERNALS__?: unknown } }
  if (window?.__TAURI_INTERNALS__) return
  const port = await channel(globalThis as unknown as MessageTarget)
  Object.assign(globalThis, { window: { __TAURI_INTERNALS__: { invoke: invokeThrough(port) } } })
}

function channel(self: MessageTarget): Promise<Port> {
  return new Promise((resolve) => {
    const listen = (event: MessageLike): void => {
      if (heard(event, 'here')) self.postMessage(greeting('wanted'))
      if (!heard(event, 'channel')) return
      self.removeEventListener('message', listen)
      resolve(event.ports![0] as Port)
    }
    self.addEventListener('message', listen)
    // It may have said so before anybody heard.
    self.postMessage(greeting('wanted'))
  })
}

type Invoke = (command: string, given?: unknown, options?: unknown) => Promise<unknown>

function invokeThrough(port: Port): Invoke {
  const waiting = new Map<number, { resolve(result: unknown): void; reject(failure: unknown): void }>()
  let ids = 0
  port.onmessage = ({ data }: { readonly data: Answered }) => {
    const { id, result } = data
    const one = waiting.get(id)
    waiting.delete(id)
    if ('failure' in data) one?.reject(data.failure)
    else one?.resolve(result)
  }
  return (command, given, options) =>
    new Promise((resolve, reject) => {
      const id = ++ids
      // A part of a buffer would take all of it along.
      const own = given instanceof Uint8Array ? given.slice() : given
      port.postMessage({ id, command, given: own, options }, own instanceof Uint8Array ? [own.buffer] : [])
      waiting.set(id, { resolve, reject })
    })
}
