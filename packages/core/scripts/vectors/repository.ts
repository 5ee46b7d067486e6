import type { SuiteId } from '../../src/contract/suite.ts'
import { type Commit, type CommitPack, type CommitStream, encodeCommit } from '../../src/format/commit.ts'
import { applyDelta } from '../../src/format/delta.ts'
import {
  type SegmentRole,
  descriptorLength,
  encodeDescriptor,
  roles,
  tagLength,
} from '../../src/format/descriptor.ts'
import { encodeFormatObject } from '../../src/format/format-object.ts'
import { headerLength, segmentNonce } from '../../src/format/header.ts'
import { encodeListNode } from '../../src/format/list.ts'
import { commitKey, formatKey, packKey, slotKey } from '../../src/format/names.ts'
import { sealTail } from '../../src/format/tail.ts'
import { hex, joinBytes, utf8, viewOf } from '../../src/format/text.ts'
import { type SegmentEntry, encodeToc } from '../../src/format/toc.ts'
import { idLength } from '../../src/format/unit-id.ts'
import type { SlotVector } from './keys.ts'
import { type Kit, madeAt } from './kit.ts'

/** A whole repository, small enough to read byte by byte, with all of FORMAT.md but codecs other than 0. */
export interface RepositoryVectors {
  readonly tocs: { readonly about: string; readonly cases: readonly TocVector[] }
  readonly repository: {
    readonly about: string
    readonly objects: Readonly<Record<string, string>>
    readonly snapshots: readonly SnapshotVector[]
  }
}

interface TocVector {
  readonly pack: string
  readonly tailStart: number
  readonly bytes: string
}

interface SnapshotVector {
  readonly commit: string
  /** As it was before it was sealed. */
  readonly record: string
  /** Every stream, restored. */
  readonly streams: Readonly<Record<string, string>>
}

interface Unit {
  readonly id: Uint8Array
  readonly plain: Uint8Array
  /** As it lies in the segment: the bytes, or a program. */
  readonly stored: Uint8Array
  readonly base?: Unit
}

const pageBytes = 64
const firstPages = [
  'A database is a file of pages, ',
  'and most of them stay as they are.',
  'What changes in a page is small, ',
  'and what follows has moved.',
  'The end.',
]
const notes = [
  'Chunks are cut where the content says so, ',
  'so that an insertion ',
  'disturbs only what is around it.',
]

export async function repositoryVectors(kit: Kit, slots: readonly SlotVector[]): Promise<RepositoryVectors> {
  const { crypto, ring } = kit
  const objects = new Map<string, Uint8Array>()
  const tocs: TocVector[] = []
  const store = (bytes: Uint8Array, key: (name: string) => string): string => {
    const name = hex(crypto.sha256(bytes))
    objects.set(key(name), bytes)
    return name
  }
  const storePack = async (
    suite: SuiteId,
    epoch: number,
    segments: readonly Segment[],
    inline: boolean,
  ): Promise<CommitPack> => {
    const { bytes, toc, tail } = await sealPack(kit, suite, epoch, segments)
    const name = store(bytes, packKey)
    tocs.push({ pack: packKey(name), tailStart: bytes.length - descriptorLength - tail, bytes: hex(toc) })
    return { name, size: bytes.length, tail, toc: inline ? toc : null }
  }
  const storeCommit = async (
    suite: SuiteId,
    epoch: number,
    commit: Commit,
  ): Promise<{ name: string; record: string }> => {
    const record = encodeCommit(commit)
    const header = kit.newHeader('commit', suite, epoch)
    const bytes = joinBytes(header, await sealTail(kit.tails, header, roles.record, record, 0))
    return { name: store(bytes, (name) => commitKey(commit.time, name)), record: hex(record) }
  }

  const requires = { read: [], write: [], delete: ['sessions'] }
  store(
    encodeFormatObject({
      repository: ring.repository,
      created: madeAt,
      suite: 'aes-256-gcm',
      requires,
      restore: {},
    }),
    formatKey,
  )
  for (const { json } of slots) store(utf8(json), slotKey)

  const pages = firstPages.map((text, at) =>
    unit(kit, roles.data, utf8(at < 4 ? text.padEnd(pageBytes, '.') : text)),
  )
  const chunks = notes.map((text) => unit(kit, roles.data, utf8(text)))
  const pageNode = unit(kit, roles.list, encodeListNode({ level: 0, ids: idsOf(pages) }))
  const chunkNode = unit(
    kit,
    roles.list,
    encodeListNode({ level: 0, ids: idsOf(chunks), sizes: chunks.map(({ plain }) => plain.length) }),
  )
  const firstPack = await storePack(
    1,
    1,
    [
      { role: roles.data, units: pages.slice(0, 4) },
      { role: roles.data, units: [...pages.slice(4), ...chunks] },
      { role: roles.list, units: [pageNode, chunkNode] },
    ],
    true,
  )

  // Four bytes are inserted into the second page; the fourth is another one.
  const moved = deltaUnit(kit, roles.data, pages[1]!, [
    ['', 0, 10],
    ['NEW ', 10, 50],
  ])
  const other = unit(kit, roles.data, utf8('a page that has no base'.padEnd(pageBytes, '!')))
  const nextPages = [pages[0]!, moved, pages[2]!, other, pages[4]!]
  const nextNode = deltaUnit(kit, roles.list, pageNode, [
    ['', 0, 24],
    [moved.id, 40, 16],
    [other.id, 72, 16],
  ])
  const nextPack = await storePack(
    2,
    2,
    [
      { role: roles.data, units: [moved, other] },
      { role: roles.list, units: [nextNode] },
    ],
    false,
  )

  const notesStream = streamOf('notes', chunks, chunkNode, {
    kind: 'gear',
    minBytes: 16,
    averageBytes: 32,
    maxBytes: 64,
  })
  const nothing: CommitStream = {
    name: 'nothing',
    size: 0,
    chunking: { kind: 'pages', unitLength: pageBytes },
    root: null,
    units: 0,
  }
  const paged = { kind: 'pages', unitLength: pageBytes } as const
  const before = commitOf(
    kit,
    [firstPack],
    [streamOf('main', pages, pageNode, paged), notesStream, nothing],
    [...pages, ...chunks],
  )
  const first = await storeCommit(1, 1, before)
  const after = commitOf(
    kit,
    [nextPack],
    [streamOf('main', nextPages, nextNode, paged), notesStream, nothing],
    [moved, other],
  )
  const next = await storeCommit(2, 2, {
    ...after,
    sequence: 2,
    previous: first.name,
    time: new Date('2032-04-05T06:07:08.091Z'),
    note: 'the second',
  })

  const contents = (main: readonly Unit[]): Record<string, string> => ({
    main: joined(main),
    notes: joined(chunks),
    nothing: '',
  })
  return {
    tocs: { about: '§8: the tables of contents of the two packs below.', cases: tocs },
    repository: {
      about:
        'Everything together: a repository that the secrets of "slots" open, object by object, and what its snapshots restore. ' +
        'The second snapshot has deltas, the other suite, a new epoch, a pack whose table is only in the pack, and a gap in it.',
      objects: Object.fromEntries(
        [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => [key, hex(bytes)]),
      ),
      snapshots: [
        { commit: first.name, record: first.record, streams: contents(pages) },
        { commit: next.name, record: next.record, streams: contents(nextPages) },
      ],
    },
  }
}

function unit(kit: Kit, role: SegmentRole, plain: Uint8Array): Unit {
  const id = new Uint8Array(idLength)
  kit.namer.name(role, plain, id, 0)
  return { id, plain, stored: plain }
}

type Step = readonly [literals: string | Uint8Array, offset: number, copied: number]

function deltaUnit(kit: Kit, role: SegmentRole, base: Unit, steps: readonly Step[]): Unit {
  const stored = joinBytes(
    ...steps.flatMap(([literals, offset, copied]) => {
      const bytes = typeof literals === 'string' ? utf8(literals) : literals
      const step = new Uint8Array(6)
      ;[bytes.length, offset, copied].forEach((value, at) => viewOf(step).setUint16(at * 2, value, true))
      return [step, bytes]
    }),
  )
  const plain = new Uint8Array(base.plain.length)
  applyDelta(stored, 0, base.plain, plain)
  return { ...unit(kit, role, plain), stored, base }
}

interface Segment {
  readonly role: 1 | 2
  readonly units: readonly Unit[]
}

/** Between the segments lie three bytes that belong to none. */
async function sealPack(
  kit: Kit,
  suite: SuiteId,
  epoch: number,
  segments: readonly Segment[],
): Promise<{ bytes: Uint8Array; toc: Uint8Array; tail: number }> {
  const header = kit.newHeader('pack', suite, epoch)
  const aead = kit.crypto.aead(suite, kit.keyOf(header))
  const gap = utf8('gap')
  const parts: Uint8Array[] = [header]
  const entries: SegmentEntry[] = []
  for (const [ordinal, { role, units }] of segments.entries()) {
    const plain = joinBytes(...units.map(({ stored }) => stored))
    const deltas = units.some(({ base }) => base)
    const lengths = units.map((each) => each.plain.length)
    const uniform = lengths.every((length) => length === lengths[0])
    const storedLength = plain.length + tagLength
    const descriptor = {
      ordinal,
      role,
      codec: 0,
      padded: false,
      uniform,
      deltas,
      plainLength: plain.length,
      storedLength,
    } as const
    const associated = joinBytes(header, encodeDescriptor(descriptor))
    const offset = sum(parts.map(({ length }) => length))
    parts.push(await aead.seal(segmentNonce(aead.nonceLength, ordinal), plain, associated), gap)
    entries.push({
      descriptor,
      offset,
      units: units.length,
      lengths: uniform ? lengths[0]! : Uint32Array.from(lengths),
      ids: idsOf(units),
      ...(deltas && {
        bases: joinBytes(...units.map(({ base }) => base?.id ?? new Uint8Array(idLength))),
        chains: Uint8Array.from(units, ({ base }) => (base ? 1 : 0)),
      }),
    })
  }
  const toc = encodeToc(entries)
  const body = joinBytes(...parts)
  const end = await sealTail(kit.tails, header, roles.toc, toc, body.length - headerLength)
  return { bytes: joinBytes(body, end), toc, tail: end.length - descriptorLength }
}

function streamOf(
  name: string,
  units: readonly Unit[],
  root: Unit,
  chunking: CommitStream['chunking'],
): CommitStream {
  const size = sum(units.map(({ plain }) => plain.length))
  return { name, size, chunking, root: { id: root.id, level: 0 }, units: units.length }
}

function commitOf(
  kit: Kit,
  packs: readonly CommitPack[],
  streams: readonly CommitStream[],
  freshUnits: readonly Unit[],
): Commit {
  const fresh = {
    freshBytes: sum(freshUnits.map(({ plain }) => plain.length)),
    freshUnits: freshUnits.length,
  }
  return {
    repository: kit.ring.repository,
    writer: '0123456789abcdef',
    sequence: 1,
    previous: null,
    time: madeAt,
    zone: 'Europe/Berlin',
    durationMs: 12,
    kind: 'manual',
    tags: ['vectors'],
    note: null,
    generation: 0,
    source: { name: 'none', label: 'test vectors' },
    streams,
    proof: { complete: true },
    packs,
    counts: {
      bytes: sum(streams.map(({ size }) => size)),
      units: sum(streams.map(({ units }) => units)),
      ...fresh,
      storedBytes: sum(packs.map(({ size }) => size)),
    },
    software: 'vectors',
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const idsOf = (units: readonly Unit[]): Uint8Array => joinBytes(...units.map(({ id }) => id))
const joined = (units: readonly Unit[]): string => hex(joinBytes(...units.map(({ plain }) => plain)))
