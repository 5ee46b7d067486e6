import { createBackup } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { logged } from './logged.ts'
import { soakSecret } from './secret.ts'

/** What the process is told to do, as its one argument. */
export interface BackupTask {
  readonly database: string
  readonly repository: string
  readonly state: string
  /** File to which a line is added when an object begins to be sent, and one when it was stored. */
  readonly log: string
  /** SHA-256 of the database, kept in the snapshot's note. */
  readonly sha256: string
}

/** What it says while it goes: `begin`, the phases it comes through, `done`. */
export type BackupMessage = string

await backUp(JSON.parse(process.argv[2] ?? '') as BackupTask)

async function backUp({ database, repository, state, log, sha256 }: BackupTask): Promise<void> {
  const say = (message: BackupMessage): void => void process.send?.(message)
  const backup = createBackup({
    source: sqlite(database),
    providers: [logged(local(repository), log)],
    keys: soakSecret,
    state,
  })
  await backup.init()
  say('begin')
  const run = backup.run({ note: sha256 })
  for await (const event of run) if (event.type === 'phase-start') say(event.phase)
  await run
  await backup.close()
  say('done')
  process.disconnect()
}
