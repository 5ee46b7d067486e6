import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BackupError } from '@backup/core'

export const usage: string = `npm run demo                     on a store database of 100 MB, made for it
npm run demo -- path/to/any.db   on your own SQLite database, only read

--deltas    store a changed page as its difference to the version before
--keep      keep the folder with the repository and everything restored
--help      show this`

export interface DemoOptions {
  /** Absolute path of the user's own database; without it a store database is made. */
  readonly database?: string
  /** Size of the store database that is made. */
  readonly bytes: number
  readonly keep: boolean
  readonly deltas: boolean
  readonly help: boolean
}

/** @throws `config` with the usage when something is not understood. */
export function readArguments(args: readonly string[]): DemoOptions {
  const { values, positionals } = parsed(args)
  const [database, ...more] = positionals
  if (more.length > 0) throw wrong(`The demo takes one database, not ${positionals.length}.`)
  const { keep, deltas, help } = values
  const options = { bytes: bytesOf(values.bytes), keep, deltas, help }
  return database === undefined ? options : { ...options, database: resolve(database) }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        keep: { type: 'boolean', default: false },
        deltas: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        // For tests, which have no time for 100 MB.
        bytes: { type: 'string', default: '100MB' },
      },
    })
  } catch (error) {
    // The advice that follows the first sentence is about positional arguments, which nobody meant.
    throw wrong((error as Error).message.split('. ')[0] + '.')
  }
}

function bytesOf(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(kB|MB|GB)?$/.exec(text) ?? []
  const bytes = Math.round(Number(digits) * (factors[unit] ?? 1))
  if (bytes >= leastBytes) return bytes
  throw wrong(`--bytes must be a size such as 5MB, at least 1MB, not "${text}".`)
}

function wrong(message: string): BackupError {
  return new BackupError('config', message, { hint: usage })
}

const factors: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 }
const leastBytes = 1_000_000
