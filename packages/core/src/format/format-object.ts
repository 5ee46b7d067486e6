import { type SuiteId, type SuiteName, suiteIds } from '../contract/suite.ts'
import { BackupError } from '../errors.ts'
import { readTime } from './commit.ts'
import { type Fields, checkClearLength, readFields } from './fields.ts'
import type { ObjectName } from './names.ts'
import { hex, unhex, utf8 } from './text.ts'

/** What a repository says about itself in clear text: FORMAT.md §4. */
export interface FormatObject {
  /** 16 bytes. */
  readonly repository: Uint8Array
  readonly created: Date
  readonly suite: SuiteName
  readonly requires: Requirements
  /** SHA-256 of each object of class `restore`, by file name. */
  readonly restore: Readonly<Record<string, ObjectName>>
}

/** Features a program must know before it may do that. */
export interface Requirements {
  readonly read: readonly string[]
  readonly write: readonly string[]
  readonly delete: readonly string[]
}

/** What this version can do. */
const known: Requirements = { read: [], write: ['sessions'], delete: ['sessions'] }
const version = 1

const note =
  'This is a repository of encrypted backups. Everything in it can be restored with the passphrase, the raw key or the ' +
  'printed recovery code, without any other software than Node.js: run "node restore/1/restore.mjs . list" in this folder, ' +
  'and read restore/1/readme.txt. The format is specified in restore/1/format.md. Do not rename, change or delete any file here.'

export function encodeFormatObject(format: FormatObject): Uint8Array {
  const record = {
    magic: 'backup-repository',
    version,
    repository: hex(format.repository),
    created: format.created.toISOString(),
    suite: format.suite,
    requires: format.requires,
    note,
    restore: format.restore,
  }
  return utf8(`${JSON.stringify(record, undefined, 2)}\n`)
}

/** @throws `corrupt` when it is not a format object; `unsupported` when the repository is of a newer version. */
export function decodeFormatObject(bytes: Uint8Array): FormatObject {
  checkClearLength(bytes, 'format object')
  const fields = readFields(bytes, 'format object')
  if (fields.text('magic') !== 'backup-repository') throw fields.fail('magic', '"backup-repository"')
  const found = fields.number('version')
  if (found !== version) {
    throw new BackupError('unsupported', `The repository has format version ${found}; this version reads ${version}.`, {
      hint: 'Update the @backup packages, or use the program under restore/ in the repository itself.',
    })
  }
  const suite = fields.text('suite')
  if (!Object.hasOwn(suiteIds, suite)) throw new BackupError('unsupported', `The repository uses cipher suite "${suite}".`)
  const requires = fields.object('requires')
  return {
    repository: unhex(fields.text('repository'), 16),
    created: readTime(fields, 'created'),
    suite: suite as SuiteName,
    requires: { read: requires.texts('read'), write: requires.texts('write'), delete: requires.texts('delete') },
    restore: fields.has('restore') ? readRestore(fields.object('restore')) : {},
  }
}

/** @throws `unsupported` when the repository asks for features that this version does not have. */
export function checkRequirements(format: FormatObject, operation: keyof Requirements): void {
  const missing = format.requires[operation].filter((feature) => !known[operation].includes(feature))
  if (missing.length === 0) return
  throw new BackupError(
    'unsupported',
    `This version may not ${operation} here: the repository needs ${missing.map((name) => `"${name}"`).join(', ')}.`,
    { hint: 'Update the @backup packages.' },
  )
}

function readRestore(fields: Fields): Record<string, ObjectName> {
  const files = Object.keys(fields.raw())
  const wrong = files.find((file) => !/^[0-9a-f]{64}$/.test(fields.text(file)))
  if (wrong !== undefined) throw fields.fail(wrong, 'a SHA-256 in hex')
  return Object.fromEntries(files.map((file) => [file, fields.text(file)]))
}

export function suiteOf(format: FormatObject): SuiteId {
  return suiteIds[format.suite]
}
