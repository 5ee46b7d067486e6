import crypto from 'node:crypto'
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { inputs } from './inputs.mjs'
import { place, restoring, run } from './run.mjs'
import {
  CODEC,
  addCommit,
  addRecord,
  addSlot,
  descriptor,
  passphraseKdf,
  tinyRepository,
  u16,
  u32,
  u64,
  u8,
} from './tiny-writer.mjs'

const KEY = Buffer.alloc(32, 7)
const ENV = { BACKUP_KEY: KEY.toString('hex') }
const refusal = (code, why) => ({ code, said: expect.stringMatching(why), files: [] })
const namesOf = (repository, kind) =>
  [...repository.objects.keys()].filter((name) => name.startsWith(`${kind}/`))

// ── Formats and slots that this program does not know, or that are wrong

test.each([
  [{ version: 2 }, /format version 2/],
  [{ version: '1' }, /format version 1/],
  [{ version: 0 }, /format version 0/],
  [{ requires: { read: ['tenants', 'x'] } }, /must know "tenants", "x"/],
  [{ requires: { read: 'all' } }, /not a list/],
  [{ suite: 'rot13' }, /suite "rot13" is unknown/],
  [{ repository: 'x' }, /no repository id/],
  [{ magic: 'other' }, /does not say/],
])('stops at a format object with %j', async (changeFormat, why) => {
  const { repo } = place(tinyRepository({ passphrase: null, key: KEY, changeFormat }))
  const { code, said } = await run([repo, 'list'], ENV)
  expect(said).toMatch(why)
  expect(code).toBe(2)
})

const slotWith = (kind, kdf, change) => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  addCommit(repository, { streams: [] })
  addSlot(repository, kind, kdf, 'correct horse', change)
  return place(repository)
}
const BOTH = { ...ENV, BACKUP_PASSPHRASE: 'correct horse' }

test.each([
  ['version 2', {}, { slot: { version: 2 } }, /slot version 2 is unknown/],
  ['another magic', {}, { slot: { magic: 'x' } }, /does not say that it is a slot/],
  ['no header', {}, { slot: { header: 5 } }, /no header/],
  ['a header that is not JSON', {}, { slot: { header: '{' } }, /not JSON/],
  ['suite 9', {}, { header: { suite: 9 } }, /suite 9 is unknown/],
  ['another repository', {}, { header: { repository: '0'.repeat(32) } }, /another repository/],
  ['a short salt', {}, { header: { salt: 'AAAA' } }, /"salt" has 3 bytes/],
  ['a check that is not base64', {}, { header: { check: '???' } }, /"check" is not base64/],
  ['five thousand lanes', { lanes: 5000 }, { kek: Buffer.alloc(32) }, /"lanes" of argon2id is 5000/],
  ['no kdf', {}, { header: { kdf: null } }, /lacks "kind" or "kdf"/],
  ['a ring of another suite', {}, { ring: { suite: 'xchacha20-poly1305' } }, /differ in "suite"/],
  ['a ring of another version', {}, { ring: { version: 2 } }, /differ in "version"/],
  ['a ring without epochs', {}, { ring: { epochs: [] } }, /no epochs/],
  ['a ring with epochs out of order', {}, { ring: { epochs: [{ epoch: 2, root: '' }] } }, /not in order/],
  ['a ring that erased what it has', {}, { ring: { erased: [{ epoch: 1, time: '' }] } }, /not in order/],
  ['a ring that erased what is to come', {}, { ring: { erased: [{ epoch: 2, time: '' }] } }, /do not add up/],
  ['a ring whose erasures are no list', {}, { ring: { erased: 5 } }, /"erased".*not a list/],
  ['a ring that is none', {}, { ring: { type: 'other' } }, /no key ring/],
])('a slot with %s is told and passed over', async (_what, kdf, change, why) => {
  const { repo } = slotWith('passphrase', { ...passphraseKdf('argon2id'), ...kdf }, change)
  const { code, said } = await run([repo, 'list'], BOTH)
  expect(said).toMatch(why)
  expect(said).toContain('1 snapshots')
  expect(code).toBe(1)
})

test('a slot whose kind or derivation is unknown is passed over', async () => {
  const { repo } = slotWith('tpm', { name: 'constructor' }, { kek: Buffer.alloc(32) })
  expect(await run([repo, 'list'], BOTH)).toMatchObject({ code: 0 })
  expect(await run([repo, 'list'], { BACKUP_PASSPHRASE: 'x' })).toMatchObject({
    code: 2,
    said: expect.stringMatching(/"constructor" is unknown.*(raw, tpm|tpm, raw)/s),
  })
})

test('a slot that the secret fits, but whose seal does not open, is told as damaged', async () => {
  const repository = tinyRepository()
  const [name] = namesOf(repository, 'slots')
  const slot = JSON.parse(repository.objects.get(name))
  repository.objects.delete(name)
  const sealed = Buffer.from(slot.sealed, 'base64')
  sealed[9] ^= 1
  const bytes = Buffer.from(JSON.stringify({ ...slot, sealed: sealed.toString('base64') }))
  repository.objects.set(`slots/v1/${crypto.createHash('sha256').update(bytes).digest('hex')}`, bytes)
  const { repo } = place(repository)
  const { code, said } = await run([repo, 'list'])
  expect(said).toMatch(/the secret is right, but the slot is damaged/)
  expect(code).toBe(2)
})

// ── Objects that authenticate and are wrong nevertheless, or of a kind that this program does not know

const other = { id: Buffer.alloc(16, 1) }
test.each([
  ['another beginning', { header: { magic: 'BKUQ' } }, /does not begin as/],
  ['version 2', { header: { version: 2 } }, /object version 2 is unknown/],
  ['kind 9', { header: { kind: 9 } }, /kind 9/],
  ['wrap 1', { header: { wrap: 1 } }, /key wrapping 1 is unknown/],
  ['label 5', { header: { label: 5 } }, /key label 5 is unknown/],
  ['epoch 2', { header: { epoch: 2 } }, /epoch 2.* has 1 to 1/],
  ['epoch 0', { header: { epoch: 0 } }, /epoch 0/],
  ['another repository', { header: other }, /another repository/],
  ['suite 3', { header: { suite: 3 } }, /suite 3 is unknown/],
  ['padding', { padding: 1 }, /padding that is not zero/],
  ['seven bytes in its tail', { tailBytes: 7 }, /its tail is too short/],
  ['a payload longer than its tail', { stored: 5000 }, /a tail with 5000 bytes in/],
  ['codec 9 in the tail', { tail: { codec: 9 } }, /codec 9 is unknown/],
  ['role 7 in the tail', { tail: { role: 7 } }, /role 7 is unknown/],
  ['role 1 in the tail', { tail: { role: 1 } }, /does not end as it should/],
  ['flags 9 in the tail', { tail: { flags: 9 } }, /flags 9 are unknown/],
  ['flags 3 in the tail', { tail: { flags: 3 } }, /does not end as it should/],
  ['a tail with another ordinal', { tail: { ordinal: 5 } }, /does not end as it should/],
  ['a tail with a plain length', { tail: { plain: 5 } }, /does not end as it should/],
  ['a tail that is too long', { tail: { stored: 1e9 } }, /does not end as it should/],
  ['too large a payload', { decoded: 65 * 1024 * 1024 }, /decode to 68157440 bytes/],
  ['a payload of another length', { decoded: 5 }, /instead of 5/],
])('a commit, and a pack, with %s is refused, and the number is named', async (_what, seal, why) => {
  for (const where of [{ seal }, { packSeal: seal }]) {
    const repository = tinyRepository({ passphrase: null, key: KEY, inline: false })
    addCommit(repository, { streams: [] })
    addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(600), pages: 512 }], ...where })
    expect(await restoring(repository, ENV, '2031-05-06T07:01')).toMatchObject(
      refusal(where.seal ? 2 : 1, why),
    )
  }
})

/** The first segment of the only pack, other than it should be. */
const segmentWith = (change) => ({
  alterSegments: ([first, ...rest]) => [{ ...first, ...change(first) }, ...rest],
})
const entryWith = (...parts) => segmentWith(() => ({ flags: 0, entry: Buffer.concat(parts) }))
const deltaWith = (length, ...base) =>
  segmentWith(() => ({ flags: 4, entry: Buffer.concat([u32(1), length, id, ...base]) }))
const id = Buffer.alloc(16, 1)
const none = Buffer.alloc(16)
test.each([
  ['role 3', segmentWith(() => ({ descriptor: { role: 3 } })), /role 3, which is not for data/],
  ['role 6', segmentWith(() => ({ descriptor: { role: 6 } })), /role 6 is unknown/],
  ['codec 5', segmentWith(() => ({ descriptor: { codec: 5 } })), /codec 5 is unknown/],
  ['flags 8', segmentWith(() => ({ descriptor: { flags: 8 } })), /flags 8 are unknown/],
  ['padding', segmentWith(() => ({ descriptor: { flags: 3 } })), /looks like a tail/],
  [
    'the ordinal of a tail',
    segmentWith(() => ({ descriptor: { ordinal: 0xffffffff } })),
    /looks like a tail/,
  ],
  ['no plain bytes', segmentWith(() => ({ descriptor: { plain: 0 } })), /would have 0 bytes/],
  ['17 MiB', segmentWith(() => ({ descriptor: { plain: 17 << 20 } })), /would have 17825792 bytes/],
  ['no stored bytes', segmentWith(() => ({ descriptor: { stored: 16 } })), /16 bytes is too short/],
  ['a place in the header', segmentWith(() => ({ offset: 63 })), /outside the pack/],
  ['a place beyond the pack', segmentWith(() => ({ offset: 1e9 })), /outside the pack/],
  ['no units', entryWith(u32(0), u32(1)), /0 units/],
  ['a billion units', entryWith(u32(1e9), u32(1), id), /1000000000 units in 600 bytes/],
  ['units of no length', entryWith(u32(2), u32(0), u32(600), id, id), /a unit of 0 bytes/],
  ['units that are too short', entryWith(u32(1), u32(599), id), /do not fill it/],
  ['units that are too long', entryWith(u32(2), u32(599), u32(2), id, id), /do not fill it/],
  ['ids that are cut short', entryWith(u32(300), ...Array(300).fill(u32(2)), id), /cut short/],
  ['a delta without a base', deltaWith(u32(600), none, u8(1)), /disagree/],
  ['a base without a chain', deltaWith(u32(600), id, u8(0)), /disagree/],
  ['a chain of 17', deltaWith(u32(600), id, u8(17)), /chain of 17/],
  ['a large delta', deltaWith(u32(65_537), id, u8(1)), /unit of 65537/],
  ['version 2', { packSeal: { tableHead: u32(2) } }, /table of contents version 2 is unknown/],
  ['a byte that should be zero', { packSeal: { tableHead: u32(257) } }, /bytes that should be zero/],
  ['bytes after the table', { packSeal: { afterTable: Buffer.alloc(1) } }, /bytes after its end/],
])('a table of contents with %s is refused', async (_what, more, why) => {
  for (const inline of [true, false]) {
    const repository = tinyRepository({ passphrase: null, key: KEY, inline })
    addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(600), pages: 600 }], ...more })
    expect(await restoring(repository, ENV)).toMatchObject(refusal(1, why))
  }
})

test('a unit under an id that is not its own is not found, and verify tells', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const more = segmentWith(({ entry }) => ({
    entry: Buffer.concat([entry.subarray(0, 8), Buffer.alloc(16, 9)]),
  }))
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(600), pages: 600 }], ...more })
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, /in no pack that is here/))
  const { said } = await run([place(repository).repo, 'verify'], ENV)
  expect(said).toMatch(/is not what its id says/)
})

test.each([[-1], [1]])(
  'a segment that decodes to %d byte more than its descriptor says is refused',
  async (difference) => {
    for (const codec of Object.values(CODEC)) {
      const repository = tinyRepository({ passphrase: null, key: KEY })
      const more = segmentWith(({ plain }) => ({
        codec,
        descriptor: { plain: plain.length - difference },
        flags: 2,
        entry: Buffer.concat([u32(1), u32(plain.length - difference), id]),
      }))
      addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(600), pages: 600 }], ...more })
      const { repo } = place(repository)
      const { code, said } = await run([repo, 'verify'], ENV)
      expect(said).toMatch(new RegExp(`${Object.keys(CODEC)[codec]}: (gives|is not for|.*end)`))
      expect(code).toBe(1)
    }
  },
)

test.each(Object.keys(CODEC))('bytes after what %s decodes are refused', async (name) => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const more = segmentWith(() => ({ codec: CODEC[name], after: [0] }))
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(600), pages: 600 }], ...more })
  const why = new RegExp(`${name}: (gives 601 bytes|has bytes after its end|is cut short|refers to)`)
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, why))
})

test.each([
  ['a place that another segment has', ([a, b]) => [a, { ...b, offset: 64 }], /overlaps another/],
  ['an ordinal twice', ([a, b]) => [a, { ...b, descriptor: { ordinal: 0 } }], /ordinal that occurs twice/],
])('two segments with %s are refused', async (_what, alterSegments, why) => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(600), pages: 600 }], alterSegments })
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, why))
})

/** One page that was stored as a delta on another, with the program replaced. */
async function withProgram(program, length = 512) {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const bytes = inputs.random(length)
  const next = Buffer.from(bytes)
  next[5] ^= 1
  addCommit(repository, { streams: [{ name: 'a', bytes, pages: length }] })
  const alterSegments = ([first, ...rest]) => [{ ...first, plain: program ?? first.plain }, ...rest]
  addCommit(repository, { streams: [{ name: 'a', bytes: next, pages: length }], deltas: true, alterSegments })
  const result = await restoring(repository, ENV)
  return { ...result, restored: result.files.length === 1 && fs.readFileSync(`${result.out}/a`).equals(next) }
}
const step = (literals, offset, copied) =>
  Buffer.concat([u16(literals.length), u16(offset), u16(copied), Buffer.from(literals)])

test('a delta is read as its program says', async () => {
  const page = inputs.random(512)
  const right = Buffer.concat([step([], 0, 5), step([page[5] ^ 1], 6, 500), step(page.subarray(506), 0, 0)])
  expect(await withProgram(undefined)).toMatchObject({ code: 0, restored: true })
  expect(await withProgram(right)).toMatchObject({ code: 0, restored: true })
})

test.each([
  ['stops early', step([], 0, 5), /cut short/],
  ['has half a step', Buffer.alloc(5, 1), /cut short/],
  ['has a step of nothing', Buffer.concat([step([], 0, 0), step([], 0, 512)]), /a step of 0 bytes/],
  ['goes beyond the unit', step([], 0, 513), /a step of 513 bytes/],
  ['copies from outside the base', Buffer.concat([step([], 1, 512)]), /reaches outside/],
  [
    'copies nothing from far outside',
    Buffer.concat([step([1], 60_000, 0), step([], 0, 511)]),
    /reaches outside/,
  ],
  ['lacks literals', u64(512n).subarray(0, 6), /reaches outside/],
  ['goes on after its end', Buffer.concat([step([], 0, 512), step([], 0, 1)]), /do not fill it/],
  ['makes another page', step([], 0, 512), /is not what its id says/],
])('a delta whose program %s is refused', async (_what, program, why) => {
  expect(await withProgram(program)).toMatchObject(refusal(1, why))
})

test('a chain of more than 16 deltas is refused, whatever the tables say', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const bytes = inputs.random(512)
  for (let turn = 0; turn <= 17; turn++) {
    bytes[20 * turn] ^= 0xff
    addCommit(repository, {
      streams: [{ name: 'a', bytes: Buffer.from(bytes), pages: 512 }],
      deltas: turn > 0,
    })
    // So that the next one claims 2, which the writer would not do by itself.
    for (const unit of repository.known.values()) unit.chain = Math.min(1, unit.chain)
  }
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, /end of more than 16 deltas/))
  const before = await restoring(repository, ENV, '2031-05-06T07:16')
  bytes[20 * 17] ^= 0xff
  expect(before.code).toBe(0)
  expect(fs.readFileSync(`${before.out}/a`).equals(bytes)).toBe(true)
})

test('a base of another length, or of another role, is refused', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.random(700), pages: 512 }] })
  const short = [...repository.known.values()].find(({ role }) => role === 1)
  const list = [...repository.known.values()].find(({ role }) => role === 2)
  for (const [base, why] of [
    [short, /differ in length/],
    [list, /role 2 where 1 is needed/],
  ]) {
    const bytes = crypto.randomBytes(600)
    const { hash } = addCommit(repository, {
      streams: [{ name: 'a', bytes, pages: 600 }],
      ...segmentWith(({ entry }) => ({
        flags: 4,
        plain: step([], 0, 600),
        entry: Buffer.concat([u32(1), u32(600), entry.subarray(8, 24), base.id, u8(1)]),
      })),
    })
    expect(await restoring(repository, ENV, hash)).toMatchObject(refusal(1, why))
  }
})

// ── Lists and commits

const nodeWith = (at, value) => (node) => {
  const copy = Buffer.from(node)
  value.copy(copy, at)
  return copy
}
test.each([
  ['another level', nodeWith(0, u8(1)), /level 1 where 0 is needed/],
  ['another form', nodeWith(1, u8(2)), /form 2 where 1 is needed/],
  ['form 9', nodeWith(1, u8(9)), /form 9/],
  ['a byte that should be zero', nodeWith(2, u16(1)), /should be zero/],
  ['no entries', () => Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]), /has 0 entries/],
  ['more entries than it has bytes for', nodeWith(4, u32(4)), /wrong for 4 entries/],
  ['257 entries', () => Buffer.concat([u32(0x100), u32(257), Buffer.alloc(16 * 257, 7)]), /has 257 entries/],
  ['an id of no unit', nodeWith(8, none), /in no pack/],
  ['bytes after its end', (node) => Buffer.concat([node, u8(0)]), /wrong for 3 entries/],
  ['seven bytes', (node) => node.subarray(0, 7), /too short/],
])('a list node with %s is refused', async (_what, alterNode, why) => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.random(1300), pages: 512 }], alterNode })
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, why))
})

test('lengths in lists are compared with what is below, at every level', async () => {
  for (const level of [0, 1]) {
    const repository = tinyRepository({ passphrase: null, key: KEY, segmentBytes: 65_536 })
    const alterNode = (node) =>
      node[0] === level ? nodeWith(8 + 16 * node.readUInt32LE(4), u32(9))(node) : node
    const { record } = addCommit(repository, {
      streams: [{ name: 'a', bytes: inputs.random(12_000), cuts: [5, 4, 6] }],
      alterNode,
    })
    expect(record.streams[0].root.level).toBeGreaterThanOrEqual(1)
    expect(await restoring(repository, ENV)).toMatchObject(refusal(1, /below entry 0, which is not right/))
  }
})

test('a list whose entry is a list node, where data is needed, is refused, and verify tells', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.random(300), pages: 512 }] })
  const list = [...repository.known.values()].find(({ role }) => role === 2)
  const alterNode = () => Buffer.concat([u8(0), u8(2), u16(0), u32(1), list.id, u32(24)])
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(24), cuts: [24] }], alterNode })
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, /has role 2 where 1 is needed/))
  const { said } = await run([place(repository).repo, 'verify'], ENV)
  expect(said).toContain('1 of 2 snapshots')
})

test('a page that is not the last must be whole', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const swap = (node) => Buffer.concat([node.subarray(0, 8), node.subarray(24, 40), node.subarray(8, 24)])
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.random(800), pages: 512 }], alterNode: swap })
  expect(await restoring(repository, ENV)).toMatchObject(refusal(1, /288 bytes are below entry 0/))
})

const stream = (change) => (commit) => ({ streams: [{ ...commit.streams[0], ...change }] })
const pack = (change) => (commit) => ({ packs: [{ ...commit.packs[0], ...change }] })
test.each([
  ['another type', () => ({ type: 'index' }), /is no commit/],
  ['version 2', () => ({ version: 2 }), /commit version 2/],
  ['another repository', () => ({ repository: '0'.repeat(32) }), /another repository/],
  ['no writer', () => ({ writer: null }), /lacks "writer"/],
  ['no number', () => ({ sequence: -1 }), /lacks "writer" or "sequence"/],
  ['no streams', () => ({ streams: null }), /lacks "streams"/],
  ['a negative size', stream({ size: -1 }), /lacks "size"/],
  ['a size beyond what numbers hold', stream({ size: 2 ** 53 }), /lacks "size"/],
  ['unknown chunking', stream({ chunking: { kind: 'rows' } }), /chunking "rows" is unknown/],
  ['no unit length', stream({ chunking: { kind: 'pages', unitLength: 0 } }), /lacks "unitLength"/],
  ['no root', stream({ root: null }), /root that says otherwise/],
  ['a root that is too high', stream({ root: { id: '0'.repeat(32), level: 9 } }), /list of level 9/],
  ['a root without an id', stream({ root: { id: 'x', level: 0 } }), /no valid root/],
  ['a stream without a name', stream({ name: 5 }), /without a name/],
  ['a pack with another name', pack({ name: '../x' }), /valid name/],
  ['a pack that is too large', pack({ size: 2 ** 27 }), /lengths that cannot be/],
  ['a pack that is all tail', pack({ tail: 5000 }), /lengths that cannot be/],
  ['a table that is not base64', pack({ toc: '*' }), /"toc" is not base64/],
  ['null', () => null, /is not a JSON object/],
])('a commit with %s is refused', async (_what, change, why) => {
  const probe = tinyRepository({ passphrase: null, key: KEY })
  const streams = [{ name: 'a', bytes: inputs.text(600), pages: 512 }]
  const { record } = addCommit(probe, { streams })
  const changes = change(record)
  probe.objects.delete(namesOf(probe, 'commits')[0])
  addRecord(probe, record, {}, changes === null ? 'null' : JSON.stringify({ ...record, ...changes }))
  expect(await restoring(probe, ENV)).toMatchObject(refusal(2, why))
})

test.each([[{ size: 601 }], [{ size: 599 }], [{ units: 3 }]])(
  'a stream whose list gives something else than %j is refused',
  async (wrong) => {
    const repository = tinyRepository({ passphrase: null, key: KEY })
    const streams = [{ name: 'a', bytes: inputs.text(600), pages: 512 }]
    const { record } = addCommit(repository, { streams })
    addCommit(repository, { streams, change: { streams: [{ ...record.streams[0], ...wrong }] } })
    expect(await restoring(repository, ENV)).toMatchObject(refusal(1, /600 bytes in 2 units instead/))
  },
)

test('a commit under another time is shown under its own', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  for (let turn = 0; turn < 2; turn++) addCommit(repository, { streams: [] })
  const [name] = namesOf(repository, 'commits')
  repository.objects.set(name.replace('06t07', '07t07'), repository.objects.get(name))
  repository.objects.delete(name)
  const { repo } = place(repository)
  const { code, said } = await run([repo, 'list'], ENV)
  expect(said).toMatch(/its true time is 2031-05-06T07:00:08.090Z/)
  expect(said.match(/^[0-9a-f]{12} {2}.*$/gm).map((line) => line.slice(14, 38))).toEqual([
    '2031-05-06T07:00:08.090Z',
    '2031-05-06T07:01:08.090Z',
  ])
  expect(code).toBe(0)
})

test('restore/ is compared with what the format object says', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const [name] = namesOf(repository, 'format')
  const format = JSON.parse(repository.objects.get(name))
  repository.objects.delete(name)
  const hash = crypto.createHash('sha256').update('right').digest('hex')
  const bytes = Buffer.from(JSON.stringify({ ...format, restore: { 'format.md': hash, 'readme.txt': hash } }))
  repository.objects.set(`format/v1/${crypto.createHash('sha256').update(bytes).digest('hex')}`, bytes)
  repository.objects.set('restore/1/format.md', Buffer.from('wrong'))
  const { repo } = place(repository)
  const { code, said } = await run([repo, 'verify'], ENV)
  expect(said).toMatch(/restore\/1\/format.md: is not what the format object says/)
  expect(said).toMatch(/restore\/1\/readme.txt: is missing/)
  expect(code).toBe(1)
})

test('a descriptor of 16 bytes is what the writer of these tests makes', () => {
  expect(descriptor({ ordinal: 1, role: 2, codec: 3, flags: 4, plain: 5, stored: 6 }).toString('hex')).toBe(
    '01000000020304000500000006000000',
  )
})
