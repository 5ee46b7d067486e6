import { once } from 'node:events'
import { BackupError } from '@backup/core'
import type { Shell } from '../terminal/shell.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { findSnapshot } from './find-snapshot.ts'
import { wholeNumber } from './options.ts'

interface Options {
  readonly offset?: number
  readonly length?: number
}

export const cat: Command = defineCommand<Options>({
  name: 'cat',
  summary: 'write what is in a snapshot to stdout, without restoring it',
  args: [['<snapshot>', 'latest, or the beginning of an id'], ['[path]', 'of a file or stream, as "backup ls" names it; may be left out when there is one stream']],
  options: [
    { flags: '--offset <bytes>', meaning: 'begin there [0]', parse: wholeNumber(0) },
    { flags: '--length <bytes>', meaning: 'not more than this', parse: wholeNumber(0) },
  ],
  examples: ['npx backup cat latest > copy.db', 'npx backup cat latest uploads/2031/logo.svg > logo.svg'],
  work: { jobs: 'one', run: writeStream },
})

async function writeStream({ backup, shell, global }: JobContext, { offset, length }: Options, args: readonly string[]): Promise<Outcome> {
  const [wanted = 'latest', given] = args
  if (global.json || global.jsonEvents) throw new BackupError('config', '"cat" writes bytes, which are no JSON.', { key: '--json', hint: 'Leave --json out.' })
  const { signal } = shell
  const { id, streams } = await findSnapshot(backup, wanted, signal)
  const names = streams.map(({ name }) => name)
  const path = given ?? onlyStream(names)
  const part = { signal, ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
  const bytesOf = names.includes(path) ? backup.read(id, path, part) : backup.readEntry(id, path, part)
  for await (const bytes of orStreams(bytesOf, names, path)) {
    refuseBinary(shell, bytes)
    // A slow reader must not make this process hold all that it has not read yet.
    if (shell.stdout.write(bytes) === false) await once(shell.stdout as NodeJS.WriteStream, 'drain', { signal })
  }
  return done()
}

/** What has no files has streams, and those are what was meant. */
async function* orStreams(bytes: AsyncIterable<Uint8Array>, names: readonly string[], path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes
  } catch (error) {
    if (!BackupError.is(error, 'unsupported')) throw error
    throw new BackupError('not-found', `The snapshot has no stream "${path}"; it has ${names.join(', ')}.`, { key: path, cause: error })
  }
}

function onlyStream(names: readonly string[]): string {
  const [only, second] = names
  if (only !== undefined && second === undefined) return only
  throw new BackupError('config', `The snapshot has ${names.length} streams: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`, {
    key: 'stream',
    hint: 'Say which one. "npx backup ls" lists them.',
  })
}

function refuseBinary({ stdout }: Shell, bytes: Uint8Array): void {
  if (!stdout.isTTY || !bytes.subarray(0, 4096).includes(0)) return
  throw new BackupError('config', 'These bytes are no text, and would spoil the terminal.', { hint: 'Send them into a file: npx backup cat … > file' })
}
