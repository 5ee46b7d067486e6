import { closeSync, copyFileSync, existsSync, fstatSync, mkdirSync, mkdtempSync, openSync, readSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * A Tauri application as its webview sees it: the plugins' own JavaScript runs, and what it asks the core of the application for is
 * answered here, with real files and a real SQLite, in the forms and words of Rust.
 */
export interface App extends Disposable {
  readonly root: string
  /** Where a directory of the application is, or a file in it. */
  directory(base: number, path?: string): string
  /** Commands that came since. */
  readonly commands: string[]
  /** Fails commands of this name with these words, so often. */
  fail(command: string, words: string, times?: number): void
  failures(): number
  /** Is called before each command that comes from elsewhere than from itself, and waited for. */
  between(step: ((command: string) => Promise<void> | void) | undefined): void
  /** Writes one byte less from now on. */
  keepFewer(): void
}

interface Failing {
  readonly command: string
  readonly words: string
  left: number
}

type Fields = Readonly<Record<string, unknown>>
type Command = (fields: Fields, bytes: Uint8Array | undefined) => unknown

export function startApp(): App {
  const root = mkdtempSync(join(tmpdir(), 'backup-tauri-'))
  const commands: string[] = []
  const failing: Failing[] = []
  let failures = 0
  let fewer = false
  let between: Parameters<App['between']>[0]
  const resources = new Map<number, { readonly handle: number; at: number }>()
  const pools = new Map<string, { readonly connections: readonly DatabaseSync[]; turn: number }>()
  let ids = 0

  const directory = (base: number, path = ''): string => join(root, `base-${base}`, path)
  const pathOf = (path: unknown, base?: unknown): string => {
    const whole = typeof base === 'number' ? directory(base, String(path)) : String(path)
    // eslint-disable-next-line no-throw-literal
    if (!whole.startsWith(root)) throw `forbidden path: ${whole}, maybe it is not allowed on the scope for \`allow-open\` permission in your capability file`
    return whole
  }
  const optionsOf = ({ options }: Fields): Fields => (options ?? {}) as Fields
  const openFile = (path: string, { read, append, createNew, create }: Fields): number =>
    openSync(path, createNew === true ? 'wx+' : append === true ? (create === false && !existsSync(path) ? 'r+' : 'a') : read === true ? 'r' : 'w')
  const nextTurn = (address: unknown): DatabaseSync => {
    const pool = pools.get(String(address))
    // eslint-disable-next-line no-throw-literal
    if (!pool) throw `database ${String(address)} not loaded`
    // Nobody knows which connection of a pool a statement gets.
    return pool.connections[pool.turn++ % pool.connections.length]!
  }
  const bound = (values: unknown): Record<string, string> => Object.fromEntries((values as string[]).map((value, at) => [`$${at + 1}`, value]))

  const answers: Readonly<Record<string, Command>> = {
    'plugin:path|resolve_directory': ({ directory: base, path }) => directory(base as number, (path as string) ?? ''),
    'plugin:path|join': ({ paths }) => join(...(paths as string[])),
    'plugin:resources|close': ({ rid }) => {
      closeSync(resources.get(rid as number)!.handle)
      resources.delete(rid as number)
    },
    'plugin:fs|exists': (fields) => existsSync(pathOf(fields['path'], optionsOf(fields)['baseDir'])),
    'plugin:fs|stat'(fields) {
      const info = statSync(pathOf(fields['path'], optionsOf(fields)['baseDir']))
      return { isFile: info.isFile(), isDirectory: info.isDirectory(), isSymlink: false, size: info.size, mtime: info.mtimeMs, atime: null, birthtime: null }
    },
    'plugin:fs|mkdir': (fields) => void mkdirSync(pathOf(fields['path'], optionsOf(fields)['baseDir']), { recursive: optionsOf(fields)['recursive'] === true }),
    'plugin:fs|read_dir': (fields) =>
      readdirSync(pathOf(fields['path'], optionsOf(fields)['baseDir']), { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isFile: entry.isFile(),
        isDirectory: entry.isDirectory(),
        isSymlink: entry.isSymbolicLink(),
      })),
    'plugin:fs|remove': (fields) => rmSync(pathOf(fields['path'], optionsOf(fields)['baseDir'])),
    'plugin:fs|rename': (fields) =>
      renameSync(pathOf(fields['oldPath'], optionsOf(fields)['oldPathBaseDir']), pathOf(fields['newPath'], optionsOf(fields)['newPathBaseDir'])),
    'plugin:fs|copy_file': ({ fromPath, toPath }) => copyFileSync(pathOf(fromPath), pathOf(toPath)),
    'plugin:fs|open'(fields) {
      const handle = openFile(pathOf(fields['path'], optionsOf(fields)['baseDir']), optionsOf(fields))
      if (fstatSync(handle).isDirectory()) throw Object.assign(new Error('EISDIR'), { errno: -21, path: fields['path'] })
      resources.set(++ids, { handle, at: 0 })
      return ids
    },
    'plugin:fs|seek': ({ rid, offset }) => (resources.get(rid as number)!.at = offset as number),
    'plugin:fs|read'({ rid, len }) {
      const resource = resources.get(rid as number)!
      // Rust reads into a buffer of its own, and may well bring less than was asked for.
      const bytes = Buffer.alloc(Math.min(len as number, 1_000_000))
      const count = readSync(resource.handle, bytes, 0, bytes.length, resource.at)
      resource.at += count
      const answer = Buffer.alloc(bytes.length + 8)
      bytes.copy(answer)
      answer.writeBigUInt64BE(BigInt(count), bytes.length)
      return answer.buffer.slice(answer.byteOffset, answer.byteOffset + answer.length)
    },
    'plugin:fs|write_file'(fields, bytes) {
      const handle = openFile(pathOf(fields['path'], optionsOf(fields)['baseDir']), optionsOf(fields))
      try {
        const body = bytes!
        for (let done = 0, end = body.length - (fewer ? 1 : 0); done < end;) done += writeSync(handle, body, done, end - done)
      } finally {
        closeSync(handle)
      }
    },
    'plugin:sql|load'({ db }) {
      const [path = ''] = String(db).slice('sqlite:'.length).split('?')
      const whole = path.startsWith('/') ? path : directory(13, path)
      mkdirSync(dirname(whole), { recursive: true })
      // A pool that was there is put aside, as in Rust.
      pools.set(String(db), { connections: [1, 2].map(() => new DatabaseSync(whole, { timeout: 5000 })), turn: 0 })
      return db
    },
    'plugin:sql|execute': ({ db, query, values }) => {
      const { changes, lastInsertRowid } = nextTurn(db).prepare(String(query)).run(bound(values))
      return [Number(changes), Number(lastInsertRowid)]
    },
    'plugin:sql|select': ({ db, query, values }) => nextTurn(db).prepare(String(query)).all(bound(values)),
    'plugin:sql|close'({ db }) {
      for (const [address, { connections }] of pools) {
        if (db !== undefined && db !== null && address !== db) continue
        for (const connection of connections) connection.close()
        pools.delete(address)
      }
      return true
    },
  }

  /** The core answers later, and fails with texts. */
  const invoke = async (command: string, given: Fields | Uint8Array = {}, { headers = {} }: { headers?: Record<string, string> } = {}): Promise<unknown> => {
    await new Promise((resolve) => setImmediate(resolve))
    const step = between
    between = undefined
    await step?.(command)
    between ??= step
    commands.push(command)
    const planned = failing.find((one) => one.command === command && one.left > 0)
    if (planned) {
      planned.left--
      failures++
      // eslint-disable-next-line no-throw-literal
      throw planned.words
    }
    const isRaw = given instanceof Uint8Array
    const fields = isRaw ? { path: decodeURIComponent(headers['path']!), options: JSON.parse(headers['options'] ?? '{}') as unknown } : given
    try {
      return (answers[command] ?? unknown(command))(fields, isRaw ? given.slice() : undefined)
    } catch (error) {
      throw inRust(error)
    }
  }
  Object.assign(globalThis, { window: globalThis, __TAURI_INTERNALS__: { invoke } })

  return {
    root,
    directory,
    commands,
    fail: (command, words, times = Infinity) => void failing.push({ command, words, left: times }),
    failures: () => failures,
    between: (step) => void (between = step),
    keepFewer: () => void (fewer = true),
    [Symbol.dispose]() {
      for (const { connections } of pools.values()) for (const connection of connections) connection.close()
      for (const { handle } of resources.values()) closeSync(handle)
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function unknown(command: string): Command {
  throw `Command ${command} not found`
}

function inRust(error: unknown): string {
  if (typeof error === 'string') return error
  const { errno, path, code, message } = error as NodeJS.ErrnoException
  if (errno !== undefined && errno < 0) return `failed to use ${path ?? ''} with error: ${code ?? ''} (os error ${-errno})`
  return `error returned from database: ${message}`
}
