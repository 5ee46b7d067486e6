import { createBackup, rawKey } from '@backup/core'
import { tauriFolder, tauriSqlite } from '@backup/tauri'
import { pluginsFromWindow, servePlugins } from '@backup/tauri/worker'
import { invoke } from '@tauri-apps/api/core'
import Database from '@tauri-apps/plugin-sql'

// Runs in Chromium: the window has the application's database, and a worker makes its backups.

export type Task = 'backup' | 'restore' | 'other command'

export interface Request {
  readonly task: Task
  /** Folder of the repository. */
  readonly folder: string
}

/** What a worker did, or why it could not. */
export type Done = { readonly answer: unknown; readonly isWindow: boolean } | { readonly error: string; readonly kind?: string }

interface Worker extends EventTarget {
  postMessage(message: unknown): void
  onmessage: (event: { readonly data: Done }) => void
}
const scope = globalThis as unknown as Worker & { readonly Worker: new (url: string) => Worker; readonly Blob: typeof Blob }
const address = 'sqlite:store.db'

let store: Promise<Database> | undefined

/** What the application does by itself. */
export async function sql(query: string): Promise<unknown> {
  store ??= Database.load(address)
  return (await store).select(query)
}

let worker: Worker

/** @param isLate the window serves the plugins when the worker has asked already */
export async function startWorker(script: string, isLate: boolean): Promise<void> {
  worker = new scope.Worker(URL.createObjectURL(new Blob([script, ';built.work()'], { type: 'text/javascript' })))
  if (isLate) await new Promise<void>((done) => worker.addEventListener('message', () => done(), { once: true }))
  servePlugins(worker as never)
}

export function ask(request: Request): Promise<Done> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.postMessage(request)
  })
}

/** In the worker. */
export function work(): void {
  const ready = pluginsFromWindow()
  scope.onmessage = ({ data }) => {
    ready
      .then(() => carryOut(data as unknown as Request))
      .then(
        (answer) => scope.postMessage({ answer, isWindow: 'document' in globalThis }),
        (error: { readonly kind?: string }) => scope.postMessage({ error: String(error), kind: error.kind }),
      )
  }
}

async function carryOut({ task, folder }: Request): Promise<unknown> {
  if (task === 'other command') return invoke('plugin:shell|execute', { program: 'rm' })
  const backup = createBackup({ source: tauriSqlite(address), providers: [tauriFolder(folder)], keys: rawKey(new Uint8Array(32).fill(1)) })
  try {
    await backup.init()
    if (task === 'restore') return await backup.restore('latest', { overwrite: true, check: true })
    return await backup.run()
  } finally {
    await backup.close()
  }
}
