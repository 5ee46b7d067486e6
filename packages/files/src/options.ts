import { resolve } from 'node:path'
import { BackupError } from '@backup/core'

export interface FilesOptions {
  /** Only what these rules match, in the syntax of `.gitignore`; everything when absent. */
  readonly include?: readonly string[]
  /** Nothing that these rules match, in the syntax of `.gitignore`; later rules win, `!` takes an earlier one back. */
  readonly exclude?: readonly string[]
  /**
   * What happens when a file changes while it is read, again and again: `'warn'` keeps what was read last, and the proof of the
   * snapshot names it; `'fail'` makes no snapshot, also when anything in the tree changed before all of it was read. Default `'warn'`.
   */
  readonly changing?: 'warn' | 'fail'
  /** What happens when something may not be read: no snapshot, or a snapshot without it, with a warning. Default `'fail'`. */
  readonly unreadable?: 'fail' | 'skip'
}

/** One folder, or several by name; a file is as good as a folder. */
export type FilesRoots = string | Readonly<Record<string, string>>

/** Options that were looked at, with their defaults. */
export interface Settings {
  /** Absolute paths by name; the name is empty where there is only one. */
  readonly roots: ReadonlyMap<string, string>
  readonly include: readonly string[] | undefined
  readonly exclude: readonly string[]
  readonly changing: 'warn' | 'fail'
  readonly unreadable: 'fail' | 'skip'
  /** A file whose times are younger than this before the beginning of a run is read again by the next one, in milliseconds. */
  readonly youngMs: number
}

/** FAT keeps times to two seconds, and two changes within that time look like one. */
const youngMs = 3000

const choices = { changing: ['warn', 'fail'], unreadable: ['fail', 'skip'] } as const

/** @throws `config` */
export function settingsOf(roots: FilesRoots, options: FilesOptions): Settings {
  for (const [option, allowed] of Object.entries(choices)) {
    const value = options[option as keyof typeof choices]
    if (value === undefined || (allowed as readonly string[]).includes(value)) continue
    throw wrong(option, `must be one of ${allowed.map((word) => `'${word}'`).join(', ')}, not ${JSON.stringify(value)}`)
  }
  const { include, exclude = [], changing = 'warn', unreadable = 'fail' } = options
  for (const [option, rules] of [['include', include], ['exclude', exclude]] as const) {
    if (rules === undefined || (Array.isArray(rules) && rules.every((rule) => typeof rule === 'string' && rule.trim() !== ''))) continue
    throw wrong(option, 'must be an array of rules, none of them empty')
  }
  if (include?.length === 0) throw wrong('include', 'must have a rule, or be left away: with none, nothing would be backed up')
  return { roots: rootsOf(roots), include, exclude, changing, unreadable, youngMs }
}

function rootsOf(roots: FilesRoots): Map<string, string> {
  if (typeof roots === 'string') return new Map([['', absolute('roots', roots)]])
  if (typeof roots !== 'object' || roots === null || Object.keys(roots).length === 0) {
    throw wrong('roots', 'must be the path of a folder or file, or such paths by name')
  }
  const odd = Object.keys(roots).find((name) => !/^[^/\\:\p{Cc}\p{Surrogate}]+$/u.test(name) || name === '.' || name === '..')
  if (odd !== undefined) throw wrong('roots', `has a name that cannot be that of a folder: ${JSON.stringify(odd)}`)
  const found = new Map(Object.entries(roots).map(([name, path]) => [name, absolute('roots', path)] as const))
  const paths = [...found.values()].sort()
  // One inside the other would be stored twice, and restored over itself.
  const inner = paths.find((path, at) => paths.some((other, place) => place !== at && `${path}/`.startsWith(`${other}/`)))
  if (inner !== undefined) throw wrong('roots', `has ${inner} inside another of them`)
  return found
}

/** @throws `config` when it cannot be a path. */
export function absolute(option: string, path: string): string {
  if (typeof path !== 'string' || path === '') throw wrong(option, 'must be a path')
  if (path.includes('\0')) throw wrong(option, 'must not contain a NUL character')
  return resolve(path)
}

function wrong(option: string, why: string): BackupError {
  return new BackupError('config', `${option} of files() ${why}.`, { plugin: 'files', key: option })
}
