import { type Backup, type BackupConfig, createBackup, rawKey } from '@backup/core'
import { type MemorySource, faultyProvider, memoryProvider, memorySource } from '@backup/core/testing'
import { type BackupClient, type BackupClientOptions, createBackupClient } from '@backup/client'
import { type BackupHandler, type BackupHandlerOptions, createBackupHandler } from '@backup/http'
import { onTestFinished, vi } from 'vitest'

export interface Host {
  readonly backup: Backup
  readonly source: MemorySource
  readonly handler: BackupHandler
  /** Requests, as `GET /api/backup/health`, in their order. */
  readonly requests: string[]
  /** A client of its own: another page. */
  client(options?: Partial<BackupClientOptions>): BackupClient
}

export interface HostOptions {
  readonly handler?: Partial<BackupHandlerOptions>
  readonly backup?: Partial<BackupConfig>
}

/** An application with a repository in memory, and its handler. */
export async function host({ handler: handlerOptions = {}, backup: config = {} }: HostOptions = {}): Promise<Host> {
  const source = memorySource({ 'store.db': new Uint8Array(200_000).fill(7) })
  const providers = [faultyProvider(memoryProvider(), {})]
  const backup = createBackup({ source, providers, keys: rawKey(new Uint8Array(32).fill(1)), workers: 0, ...config })
  await backup.init()
  const authorize = (): { actor: string; role: 'owner' } => ({ actor: 'anna', role: 'owner' })
  const handler = createBackupHandler(backup, { authorize, pingMs: 50, ...handlerOptions })
  const requests: string[] = []
  onTestFinished(async () => {
    handler.close()
    await backup.close()
  })
  const fetch = (request: Request): Promise<Response> => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`)
    return handler(request)
  }
  return { backup, source, handler, requests, client: (options = {}) => createBackupClient({ fetch, ...options }) }
}

/** Listens until the test is over. @returns what came, one entry for each time that the store told */
export function heard<State>(store: { subscribe(listener: () => void): () => void; getSnapshot(): State }): State[] {
  const states: State[] = []
  onTestFinished(store.subscribe(() => states.push(store.getSnapshot())))
  return states
}

/** Waits as long as a busy machine may take. */
export async function until(check: () => unknown): Promise<void> {
  await vi.waitUntil(check, { timeout: 60_000, interval: 10 })
}
