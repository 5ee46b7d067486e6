import type { ConsistencyProof } from '../contract/source.ts'
import { BackupError } from '../errors.ts'
import { descriptorLength, maxPlainLength, tagLength } from './descriptor.ts'
import { type Fields, readFields } from './fields.ts'
import { headerLength } from './header.ts'
import { maxCount, maxLevel, uniformFanOut } from './list.ts'
import type { ObjectName } from './names.ts'
import { base64, hex, unbase64, unhex, utf8 } from './text.ts'
import { idLength } from './unit-id.ts'

/** The only thing that makes a snapshot exist: FORMAT.md §13. */
export interface Commit {
  /** 16 bytes. */
  readonly repository: Uint8Array
  /** 16 hex digits. */
  readonly writer: string
  readonly sequence: number
  readonly previous: ObjectName | null
  readonly time: Date
  readonly zone: string
  readonly durationMs: number
  readonly kind: SnapshotKind
  readonly tags: readonly string[]
  readonly note: string | null
  readonly generation: number
  readonly source: { readonly name: string; readonly label: string }
  readonly streams: readonly CommitStream[]
  readonly proof: ConsistencyProof
  readonly packs: readonly CommitPack[]
  readonly counts: CommitCounts
  readonly software: string
}

export type SnapshotKind = (typeof snapshotKinds)[number]

export const snapshotKinds = ['manual', 'scheduled', 'emergency', 'safety'] as const

export interface CommitStream {
  readonly name: string
  readonly size: number
  readonly chunking: Chunking
  readonly root: ListRoot | null
  readonly units: number
}

export interface ListRoot {
  readonly id: Uint8Array
  readonly level: number
}

export type Chunking =
  | { readonly kind: 'pages'; readonly unitLength: number }
  | { readonly kind: 'gear'; readonly minBytes: number; readonly averageBytes: number; readonly maxBytes: number }

export interface CommitPack {
  readonly name: ObjectName
  readonly size: number
  /** Stored length of the pack's tail. */
  readonly tail: number
  /** The pack's table of contents, when it is small. */
  readonly toc: Uint8Array | null
}

export interface CommitCounts {
  /** Of all streams. */
  readonly bytes: number
  readonly units: number
  /** What had not been stored before. */
  readonly freshBytes: number
  readonly freshUnits: number
  /** Size of the packs added. */
  readonly storedBytes: number
}

const maxPackBytes = 64 * 1024 * 1024
const countNames = ['bytes', 'units', 'freshBytes', 'freshUnits', 'storedBytes'] as const

export function encodeCommit(commit: Commit): Uint8Array {
  const record = {
    type: 'commit',
    version: 1,
    ...commit,
    repository: hex(commit.repository),
    time: commit.time.toISOString(),
    streams: commit.streams.map(({ root, ...stream }) => ({
      ...stream,
      root: root && { id: hex(root.id), level: root.level },
    })),
    packs: commit.packs.map(encodePack),
  }
  return utf8(JSON.stringify(record))
}

/** A pack as commits and index records name it. */
export function encodePack({ toc, ...pack }: CommitPack): Readonly<Record<string, unknown>> {
  return { ...pack, toc: toc && base64(toc) }
}

/** @throws `corrupt` when a field is missing or out of bounds; `unsupported` for a newer version. */
export function decodeCommit(bytes: Uint8Array): Commit {
  const fields = readFields(bytes, 'commit')
  if (fields.text('type') !== 'commit') throw fields.fail('type', '"commit"')
  const version = fields.number('version')
  if (version !== 1) throw new BackupError('unsupported', `A commit has version ${version}, which this version does not know.`)
  const streams = fields.objects('streams').map(readStream)
  const names = new Set(streams.map(({ name }) => name))
  if (names.size !== streams.length) throw fields.fail('streams', 'names that differ')
  const proof = fields.object('proof').raw() as ConsistencyProof
  if (proof.complete !== true) throw fields.fail('proof', 'complete: true')
  const counts = fields.object('counts')
  const source = fields.object('source')
  return {
    repository: unhex(fields.text('repository'), 16),
    writer: matching(fields, 'writer', /^[0-9a-f]{16}$/),
    sequence: fields.number('sequence', 1),
    previous: fields.has('previous') ? matching(fields, 'previous', /^[0-9a-f]{64}$/) : null,
    time: readTime(fields, 'time'),
    zone: fields.text('zone'),
    durationMs: fields.number('durationMs'),
    kind: readKind(fields),
    tags: fields.texts('tags'),
    note: fields.optionalText('note'),
    generation: fields.number('generation'),
    source: { name: source.text('name'), label: source.text('label') },
    streams,
    proof,
    packs: fields.objects('packs').map(decodePack),
    counts: Object.fromEntries(countNames.map((name) => [name, counts.number(name)])) as unknown as CommitCounts,
    software: fields.text('software'),
  }
}

/** @throws `corrupt` unless the field holds a time as FORMAT.md §2 writes it. */
export function readTime(fields: Fields, field: string): Date {
  const text = fields.text(field)
  const time = new Date(text)
  // Years of more than four digits have a sign in front, and another length.
  if (!Number.isNaN(time.getTime()) && time.toISOString() === text && text.length === 24) return time
  throw fields.fail(field, 'a time in UTC')
}

function readKind(fields: Fields): SnapshotKind {
  const kind = snapshotKinds.find((known) => known === fields.text('kind'))
  if (kind === undefined) throw fields.fail('kind', snapshotKinds.join(', '))
  return kind
}

function readStream(fields: Fields): CommitStream {
  const size = fields.number('size')
  const found = fields.has('root') ? fields.object('root') : null
  if ((found === null) !== (size === 0)) throw fields.fail('root', size === 0 ? 'null for an empty stream' : 'a list')
  const root = found && { id: unhex(found.text('id'), idLength), level: found.number('level', 0, maxLevel) }
  const chunking = readChunking(fields.object('chunking'))
  return { name: fields.text('name'), size, chunking, root, units: readUnits(fields, size, chunking, root) }
}

/** As many as the size and the list allow: readers take memory for each. */
function readUnits(fields: Fields, size: number, chunking: Chunking, root: ListRoot | null): number {
  if (!root) return fields.number('units', 0, 0)
  const pages = chunking.kind === 'pages'
  const [least, most] = pages
    ? [Math.ceil(size / chunking.unitLength), Math.ceil(size / chunking.unitLength)]
    : [Math.ceil(size / maxPlainLength), size]
  const listed = (pages ? uniformFanOut : maxCount) ** (root.level + 1)
  return fields.number('units', least, Math.min(most, listed))
}

function readChunking(fields: Fields): Chunking {
  const kind = fields.text('kind')
  if (kind === 'pages') return { kind, unitLength: fields.number('unitLength', 1, maxPlainLength) }
  if (kind !== 'gear') throw new BackupError('unsupported', `A stream is cut by "${kind}", which this version does not know.`)
  const length = (field: string): number => fields.number(field, 1, maxPlainLength)
  return { kind, minBytes: length('minBytes'), averageBytes: length('averageBytes'), maxBytes: length('maxBytes') }
}

export function decodePack(fields: Fields): CommitPack {
  const size = fields.number('size', 1, maxPackBytes)
  return {
    name: matching(fields, 'name', /^[0-9a-f]{64}$/),
    size,
    tail: fields.number('tail', tagLength + 1, size - headerLength - descriptorLength),
    toc: fields.has('toc') ? unbase64(fields.text('toc')) : null,
  }
}

function matching(fields: Fields, field: string, pattern: RegExp): string {
  const text = fields.text(field)
  if (!pattern.test(text)) throw fields.fail(field, `text that matches ${pattern.source}`)
  return text
}
