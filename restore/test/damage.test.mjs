import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { inputs, steadyRandom } from './inputs.mjs'
import { filesIn, place, run } from './run.mjs'
import { CODEC, addCommit, save, tinyRepository } from './tiny-writer.mjs'

const KEY = Buffer.alloc(32, 7)
const ENV = { BACKUP_KEY: KEY.toString('hex') }

/** Two snapshots; the second has deltas on units of the first. Opened by a key, which is quick. */
function small(options = {}) {
  const repository = tinyRepository({
    passphrase: null,
    key: KEY,
    packSegments: 2,
    segmentBytes: 2048,
    ...options,
  })
  const first = inputs.random(4096)
  const second = Buffer.from(first)
  for (let at = 100; at < second.length; at += 512) second[at] ^= 1
  const texts = inputs.text(700)
  addCommit(repository, {
    streams: [
      { name: 'db', bytes: first, pages: 512 },
      { name: 'text', bytes: texts, cuts: [30, 50] },
    ],
  })
  addCommit(repository, {
    streams: [
      { name: 'db', bytes: second, pages: 512 },
      { name: 'text', bytes: texts, cuts: [30, 50] },
    ],
    deltas: true,
  })
  return { repository, first, second, texts }
}

const namesOf = (repository, kind) =>
  [...repository.objects.keys()].filter((name) => name.startsWith(`${kind}/`))

/** Whatever was restored is right: `files` by name, each with the bytes it may have. */
function expectNothingWrong(out, may) {
  for (const name of filesIn(out)) {
    expect(Object.keys(may)).toContain(name)
    const bytes = fs.readFileSync(path.join(out, name))
    expect(may[name].some((each) => each.equals(bytes))).toBe(true)
  }
}

/** Which files there may be after each way to end. */
const ENDINGS = [[['db', 'text']], [[], ['db'], ['text'], ['db', 'text']], [[]]]

// ── Bytes that changed

test.each([
  [1, 'store', true],
  [1, 'zstd', false],
  [2, 'lz4', false],
])(
  'no changed bit yields wrong data, and verify finds each: suite %d, %s',
  { timeout: 120_000 },
  async (suite, codec, inline) => {
    const { repository, first, second, texts } = small({ suite, codec: CODEC[codec], inline })
    const may = { db: [first, second], text: [texts] }
    const random = steadyRandom(17)
    const { repo, out } = place(repository)
    for (const [name, bytes] of repository.objects) {
      for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 30)) {
        const altered = Buffer.from(bytes)
        altered[at] ^= 1 << Math.floor(random() * 8)
        fs.writeFileSync(path.join(repo, name), altered)
        const restored = await run([repo, 'restore', '--to', out], ENV)
        expectNothingWrong(out, may)
        expect(ENDINGS[restored.code]).toContainEqual(filesIn(out))
        const verified = await run([repo, 'verify'], ENV)
        expect(verified.code).not.toBe(0)
        expect(verified.said).toContain(name.slice(0, 40))
        fs.rmSync(out, { recursive: true, force: true })
      }
      fs.writeFileSync(path.join(repo, name), bytes)
    }
    expect(await run([repo, 'verify'], ENV)).toMatchObject({ code: 0 })
  },
)

test.each(['format', 'slots', 'commits', 'packs'])(
  'an object of class "%s" that is cut anywhere is told by its name',
  async (kind) => {
    const { repository, first, second, texts } = small()
    for (const name of namesOf(repository, kind)) {
      const bytes = repository.objects.get(name)
      for (const length of [
        0,
        1,
        15,
        16,
        63,
        64,
        80,
        95,
        96,
        bytes.length >> 1,
        bytes.length - 17,
        bytes.length - 1,
      ]) {
        const { repo, out } = place(repository)
        fs.writeFileSync(path.join(repo, name), bytes.subarray(0, length))
        const { code, said } = await run([repo, 'restore', '--to', out], ENV)
        expect(said).toContain(name)
        expect(code).toBe(kind === 'format' || kind === 'slots' ? 2 : 1)
        expectNothingWrong(out, { db: [first, second], text: [texts] })
      }
    }
  },
)

test('an object that is larger than its class allows is not even read', async () => {
  const { repository } = small()
  const [name] = namesOf(repository, 'format')
  const bytes = Buffer.concat([repository.objects.get(name), Buffer.alloc(1024 * 1024, ' ')])
  repository.objects.delete(name)
  repository.objects.set(`format/v1/${crypto.createHash('sha256').update(bytes).digest('hex')}`, bytes)
  const { code, said } = await run([place(repository).repo, 'list'], ENV)
  expect(said).toMatch(/such an object has no more than 1048576/)
  expect(code).toBe(2)
})

test('a file that becomes shorter while it is read is told, and not waited for', async () => {
  const { repo } = place(small().repository)
  const nothing = vi.spyOn(fs, 'readSync').mockReturnValue(0)
  const { code, said } = await run([repo, 'list'], ENV)
  nothing.mockRestore()
  expect(said).toMatch(/format\/v1\/.*became shorter while it was read/)
  expect(code).toBe(2)
})

test('a file that the disk cannot read is told with the reason', async () => {
  const { repository } = small()
  const { repo, out } = place(repository)
  const [name] = namesOf(repository, 'packs')
  fs.rmSync(path.join(repo, name))
  fs.mkdirSync(path.join(repo, name))
  const { code, said } = await run([repo, 'restore', '--to', out], ENV)
  expect(said).toMatch(/cannot be read from disk \(EISDIR\)|has \d+ bytes/)
  expect(code).toBe(1)
})

test('bytes after the end of an object are told too', async () => {
  const { repository } = small({ inline: false })
  for (const name of repository.objects.keys()) {
    const { repo } = place(repository)
    fs.appendFileSync(path.join(repo, name), 'x')
    const { code, said } = await run([repo, 'verify'], ENV)
    expect(said).toContain(name)
    expect(code).toBe(name.startsWith('format') || name.startsWith('slots') ? 2 : 1)
  }
})

test('bytes between header and tail are refused in a commit, and ignored in a pack', async () => {
  const between = Buffer.from('nobody vouches for these')
  const streams = [{ name: 'a', bytes: inputs.text(600), pages: 512 }]
  const record = tinyRepository({ passphrase: null, key: KEY })
  addCommit(record, { streams, seal: { between } })
  expect(await run([place(record).repo, 'list'], ENV)).toMatchObject({
    code: 1,
    said: expect.stringMatching(/commits\/.* has bytes between its header and its tail/),
  })
  const pack = tinyRepository({ passphrase: null, key: KEY, inline: false })
  addCommit(pack, { streams, packSeal: { between } })
  const { repo, out } = place(pack)
  expect(await run([repo, 'restore', '--to', out], ENV)).toMatchObject({ code: 0 })
  expect(fs.readFileSync(out).equals(streams[0].bytes)).toBe(true)
})

// ── Objects that are missing or too many

test('a missing pack: the snapshots that do not need it are restored, verify says which', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const one = addCommit(repository, { streams: [{ name: 'a', bytes: inputs.random(900), pages: 512 }] })
  addCommit(repository, { streams: [{ name: 'a', bytes: inputs.text(900), pages: 512 }] })
  repository.objects.delete(`packs/${one.packs[0].name.slice(0, 2)}/${one.packs[0].name}`)
  const { repo, out } = place(repository)
  const verified = await run([repo, 'verify'], ENV)
  expect(verified.said).toMatch(/snapshot .* of 2031-05-06T07:00:08.090Z cannot be restored/)
  expect(verified.said).toContain(one.packs[0].name)
  expect(verified.said).toContain('1 of 2 snapshots')
  expect(verified.code).toBe(1)
  const older = await run([repo, 'restore', one.hash, '--to', out], ENV)
  expect(older.said).toMatch(/in no pack that is here/)
  expect(older.code).toBe(1)
  expect(fs.existsSync(out)).toBe(false)
  expect(await run([repo, 'restore', '--to', out], ENV)).toMatchObject({ code: 0 })
  expect(fs.readFileSync(out).equals(inputs.text(900))).toBe(true)
})

test('a damaged stream does not keep the others of its snapshot from being restored', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY, packSegments: 1, segmentBytes: 1000 })
  const { packs } = addCommit(repository, {
    streams: [
      { name: 'a', bytes: inputs.random(900), pages: 900 },
      { name: 'b', bytes: inputs.text(900), pages: 900 },
    ],
  })
  const name = `packs/${packs[0].name.slice(0, 2)}/${packs[0].name}`
  repository.objects.get(name)[70] ^= 1
  const { repo, out } = place(repository)
  const { code, said } = await run([repo, 'restore', '--to', out], ENV)
  expect(said).toMatch(/stream "a": packs\/.* segment 0 does not authenticate/)
  expect(said).toContain('1 of 2 streams')
  expect(said).toContain('any other copy')
  expect(code).toBe(1)
  expect(filesIn(out)).toEqual(['b'])
  expectNothingWrong(out, { b: [inputs.text(900)] })
  const verified = await run([repo, 'verify'], ENV)
  expect(verified.said).toMatch(/cannot be restored: stream "a": unit [0-9a-f]{32} cannot be read/)
  expect(verified.said).toContain('0 of 1 snapshots')
})

test('a damaged copy of a unit is passed over for another copy', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const stream = { name: 'a', bytes: inputs.random(2000), pages: 512 }
  const { packs } = addCommit(repository, { streams: [stream] })
  repository.known.clear()
  addCommit(repository, { streams: [stream] })
  repository.objects.get(`packs/${packs[0].name.slice(0, 2)}/${packs[0].name}`)[70] ^= 1
  const { repo, out } = place(repository)
  expect(await run([repo, 'restore', '--to', out], ENV)).toMatchObject({
    said: expect.stringContaining('1 of 1 streams'),
  })
  expect(fs.readFileSync(out).equals(stream.bytes)).toBe(true)
  const verified = await run([repo, 'verify'], ENV)
  expect(verified.said).toContain('2 of 2 snapshots')
  expect(verified.said).toContain(packs[0].name)
  expect(verified.code).toBe(1)
})

test.each([true, false])(
  'a damaged commit: later snapshots still find its packs (tables inside commits: %s)',
  async (inline) => {
    const { repository, second } = small({ inline })
    const [name] = namesOf(repository, 'commits')
    repository.objects.get(name)[200] ^= 1
    const { repo, out } = place(repository)
    const { code, said } = await run([repo, 'restore', '--to', out], ENV)
    expect(said).toContain(name)
    expect(code).toBe(1)
    expect(fs.readFileSync(path.join(out, 'db')).equals(second)).toBe(true)
    expect(await run([repo, 'restore', '2031-05-06T07:00', '--to', `${out}2`], ENV)).toMatchObject({
      code: 2,
    })
  },
)

test.each([true, false])(
  'a removed commit: later snapshots still find its packs (tables inside commits: %s)',
  async (inline) => {
    const { repository, second, texts } = small({ inline })
    const [name] = namesOf(repository, 'commits')
    repository.objects.delete(name)
    const { repo, out } = place(repository)
    expect(await run([repo, 'restore', '--to', out], ENV)).toMatchObject({ code: 0 })
    expect(fs.readFileSync(path.join(out, 'db')).equals(second)).toBe(true)
    expect(fs.readFileSync(path.join(out, 'text')).equals(texts)).toBe(true)
    const verified = await run([repo, 'verify'], ENV)
    expect(verified.said).toContain('1 of 1 snapshots')
    expect(verified.code).toBe(0)
  },
)

test('a pack that no commit names lends a copy of what is damaged elsewhere', async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  const stream = { name: 'a', bytes: inputs.random(2000), pages: 512 }
  const { packs } = addCommit(repository, { streams: [stream] })
  repository.known.clear()
  const { hash } = addCommit(repository, { streams: [stream] })
  repository.objects.delete(namesOf(repository, 'commits').find((name) => name.endsWith(hash)))
  repository.objects.get(`packs/${packs[0].name.slice(0, 2)}/${packs[0].name}`)[70] ^= 1
  const { repo, out } = place(repository)
  expect(await run([repo, 'restore', '--to', out], ENV)).toMatchObject({ code: 0 })
  expect(fs.readFileSync(out).equals(stream.bytes)).toBe(true)
  expect(await run([repo, 'verify'], ENV)).toMatchObject({
    code: 1,
    said: expect.stringContaining('1 of 1 snapshots'),
  })
})

test('verify says that a pack which no commit names is damaged, and restores do without it', async () => {
  const { repository, second } = small({ inline: false })
  const foreign = small({ inline: false }).repository
  const [name] = namesOf(foreign, 'packs')
  repository.objects.set(name, foreign.objects.get(name))
  const { repo, out } = place(repository)
  expect(await run([repo, 'restore', '--to', out], ENV)).toMatchObject({ code: 0 })
  expect(fs.readFileSync(path.join(out, 'db')).equals(second)).toBe(true)
  expect(await run([repo, 'verify'], ENV)).toMatchObject({
    code: 1,
    said: expect.stringContaining(`${name}: belongs to another repository`),
  })
})

test("removed commits leave a gap in their writer's count, which verify tells", async () => {
  const repository = tinyRepository({ passphrase: null, key: KEY })
  for (let turn = 0; turn < 3; turn++) addCommit(repository, { streams: [] })
  repository.objects.delete(namesOf(repository, 'commits')[1])
  const { repo } = place(repository)
  expect(await run([repo, 'verify'], ENV)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/1 of writer 0123456789abcdef are not here/),
  })
})

test('packs that no commit names are no fault', async () => {
  const { repository } = small()
  const [, name] = namesOf(repository, 'commits')
  repository.objects.delete(name)
  const { repo } = place(repository)
  expect(await run([repo, 'verify'], ENV)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/named by no commit/),
  })
})

test.each([
  ['format', /no format object/],
  ['slots', /no slot can be used/],
  ['commits', /no snapshot/],
])('without the class "%s" it stops', async (kind, why) => {
  const { repository } = small()
  for (const name of namesOf(repository, kind)) repository.objects.delete(name)
  const { repo, out } = place(repository)
  const { code, said } = await run([repo, 'restore', '--to', out], ENV)
  expect(said).toMatch(why)
  expect(code).toBe(2)
})

test('two repositories in one folder: it stops and names both format objects', async () => {
  const [one, other] = [small().repository, small().repository]
  const { repo, out } = place(one)
  save(other, repo)
  const { code, said } = await run([repo, 'restore', '--to', out], ENV)
  expect(said).toMatch(/two repositories were mixed/)
  for (const repository of [one, other]) expect(said).toContain(namesOf(repository, 'format')[0])
  expect(code).toBe(2)
})

test('objects of another repository are told and left out', async () => {
  const one = small()
  const other = small().repository
  other.objects.delete(namesOf(other, 'format')[0])
  const { repo, out } = place(one.repository)
  save(other, repo)
  const { code, said } = await run([repo, 'restore', '--to', out], ENV)
  expect(said).toContain(`${namesOf(other, 'slots')[0]}: belongs to another repository`)
  expect(said).toContain(`${namesOf(other, 'commits')[0]}: belongs to another repository`)
  expect(code).toBe(1)
  expect(fs.readFileSync(path.join(out, 'db')).equals(one.second)).toBe(true)
})

test('a file that is not a repository, and one that is not there, are told as such', async () => {
  const { base, repo } = place()
  expect(await run([repo, 'list'], ENV)).toMatchObject({
    code: 2,
    said: expect.stringMatching(/is not a folder/),
  })
  expect(await run([base, 'list'], ENV)).toMatchObject({
    code: 2,
    said: expect.stringMatching(/not a repository/),
  })
})
