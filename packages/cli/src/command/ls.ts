import { BackupError, type SnapshotEntry } from '@backup/core'
import { bytesText, timeText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { findSnapshot, snapshotArgument } from './find-snapshot.ts'

export const ls: Command = defineCommand<object>({
  name: 'ls',
  summary: 'list what is in a snapshot, without restoring it',
  args: [snapshotArgument, ['[path]', 'a folder in it; the top when left out']],
  examples: ['npx backup ls latest uploads/2031'],
  work: { jobs: 'one', run: listSnapshot },
})

async function listSnapshot({ backup, out, shell }: JobContext, _: object, [wanted = 'latest', path]: readonly string[]): Promise<Outcome> {
  const { signal } = shell
  const { id, streams } = await findSnapshot(backup, wanted, signal)
  const entries: SnapshotEntry[] = []
  try {
    for await (const entry of backup.entries(id, { folder: path ?? '.', signal })) entries.push(entry)
  } catch (error) {
    // What has no files has streams.
    if (path !== undefined || !BackupError.is(error, 'unsupported')) throw error
  }
  if (entries.length > 0) {
    out.table(
      [{ title: 'MODE', align: 'left', spare: true }, { title: 'SIZE', align: 'right' }, { title: 'TIME', align: 'left' }, { title: 'NAME', align: 'left' }],
      entries.map((entry) => [modeText(entry), entry.type === 'file' ? bytesText(entry.sizeBytes) : '', entry.modified ? timeText(entry.modified) : '', nameText(entry)]),
    )
    out.say('')
  }
  if (path === undefined) {
    out.table(
      [{ title: 'SIZE', align: 'right' }, { title: 'STREAM', align: 'left' }],
      streams.map(({ name, sizeBytes }) => [bytesText(sizeBytes), name]),
    )
  }
  return done(path === undefined ? { entries, streams } : { entries })
}

const letters = { file: '-', folder: 'd', link: 'l' } as const

/** As `ls -l` writes it: `-rw-r--r--`. */
function modeText({ type, mode }: SnapshotEntry): string {
  if (mode === undefined) return letters[type]
  return letters[type] + Array.from('rwxrwxrwx', (letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-')).join('')
}

function nameText({ path, type, target }: SnapshotEntry): string {
  const name = shown(path.slice(path.lastIndexOf('/') + 1))
  return type === 'folder' ? `${name}/` : target === undefined ? name : `${name} -> ${shown(target)}`
}

/** A name must not make two lines of one, or drive the terminal. */
function shown(name: string): string {
  return /[\p{Cc}\p{Surrogate}]/u.test(name) ? JSON.stringify(name) : name
}
