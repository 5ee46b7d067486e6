import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackupClient, createBackupClient } from '@backup/client'
import { type Backup, BackupError, type BackupSource, createBackup, fifteenYears, rawKey } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { memoryProvider, memorySource } from '@backup/core/testing'
import { type BackupHandler, createBackupHandler } from '@backup/http'
import { onTestFinished } from 'vitest'

export interface Host {
  readonly backup: Backup
  readonly handler: BackupHandler
  readonly client: BackupClient
  readonly requests: string[]
  /** Set, it cannot be read. */
  readonly source: { breaks: boolean }
}

/** An application with a repository in memory. @param instead answers some requests in the place of the handler */
export async function host(instead: (request: Request) => Response | undefined = () => undefined): Promise<Host> {
  const inner = memorySource({ 'store.db': new Uint8Array(100_000).fill(7) })
  const fate = { breaks: false }
  const source: BackupSource = {
    ...inner,
    async open(context) {
      if (fate.breaks) throw new BackupError('source', 'The database is gone.')
      return inner.open(context)
    },
  }
  const keys = rawKey(new Uint8Array(32).fill(1))
  // Rehearsals need a folder of their own.
  const state = mkdtempSync(join(tmpdir(), 'backup-react-'))
  const backup = createBackup({
    source,
    providers: [memoryProvider()],
    keys,
    retention: fifteenYears(),
    schedule: { every: '1h' },
    workers: 0,
    runtime: nodeRuntime,
    state,
  })
  await backup.init()
  const handler = createBackupHandler(backup, { authorize: () => ({ actor: 'anna', role: 'owner' }) })
  const requests: string[] = []
  const client = createBackupClient({
    fetch: async (request) => {
      requests.push(new URL(request.url).pathname)
      return instead(request) ?? handler(request)
    },
  })
  onTestFinished(async () => {
    handler.close()
    await backup.close()
    rmSync(state, { recursive: true, force: true })
  })
  return { backup, handler, client, requests, source: fate }
}
