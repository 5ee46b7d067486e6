import { invoke } from '@tauri-apps/api/core'
import { type Answered, type Asked, type MessageLike, type MessageTarget, type Port, greeting, heard } from './messages.ts'

/** Those that backups need; nothing else of the application is reached from the worker. */
const forBackups = /^plugin:(?:fs|sql|path|resources)\|/

/**
 * In the window: lets a worker use the plugins for files and databases, which answer windows alone. What the window may do, the worker may.
 *
 * @returns what ends it
 * @example
 * ```ts
 * const worker = new Worker(new URL('./backups.ts', import.meta.url), { type: 'module' })
 * servePlugins(worker)
 * ```
 */
export function servePlugins(worker: MessageTarget): () => void {
  let served: Port | undefined
  const listen = (event: MessageLike): void => {
    // It asks again when it hears that somebody is here.
    if (!heard(event, 'wanted') || served) return
    const { port1, port2 } = new MessageChannel() as unknown as { port1: Port; port2: Port }
    port1.onmessage = ({ data }: { readonly data: Asked }) => void answer(port1, data)
    served = port1
    worker.postMessage(greeting('channel'), [port2 as never])
  }
  worker.addEventListener('message', listen)
  worker.postMessage(greeting('here'))
  return () => {
    worker.removeEventListener('message', listen)
    served?.close()
  }
}

async function answer(port: Port, { id, command, given, options }: Asked): Promise<void> {
  try {
    if (!forBackups.test(command)) throw `${command} not allowed. Only the plugins for files and databases are served to the worker`
    const result: unknown = await invoke(command, given as Parameters<typeof invoke>[1], options as Parameters<typeof invoke>[2])
    port.postMessage({ id, result }, result instanceof ArrayBuffer ? [result] : [])
  } catch (failure) {
    port.postMessage({ id, failure } satisfies Answered)
  }
}
