import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { inputs } from './inputs.mjs'
import { filesIn, place, run, start } from './run.mjs'
import { CODEC, addCommit, addSlot, passphraseKdf, printCode, save, tinyRepository } from './tiny-writer.mjs'

/** Every `step`th byte other. */
function changed(bytes, step) {
  const copy = Buffer.from(bytes)
  for (let at = step >> 1; at < copy.length; at += step) copy[at] ^= 0x5a
  return copy
}

/** Three snapshots of a database that changes, with files beside it; gives what each has. */
function fill(repository) {
  const first = Buffer.concat([inputs.rows(30_000), inputs.zeros(4096), inputs.text(20_300)])
  const second = changed(first, 3000)
  const third = Buffer.concat([
    second.subarray(0, 40_960),
    Buffer.from('moved'),
    second.subarray(40_960, 50_000),
  ])
  const files = inputs.text(9000)
  const snapshots = [
    { 'main.db': first, files: files },
    { 'main.db': second, empty: Buffer.alloc(0) },
    {
      'main.db': third,
      files: Buffer.concat([files.subarray(0, 4000), Buffer.from('new'), files.subarray(4000)]),
    },
  ]
  for (const snapshot of snapshots) {
    const streams = Object.entries(snapshot).map(([name, bytes]) =>
      name === 'files' ? { name, bytes, cuts: [40, 13, 80, 7] } : { name, bytes, pages: 512 },
    )
    addCommit(repository, { streams, deltas: true })
  }
  return snapshots
}

function expectFiles(folder, snapshot) {
  expect(filesIn(folder)).toEqual(Object.keys(snapshot).sort())
  for (const [name, bytes] of Object.entries(snapshot)) {
    expect(fs.readFileSync(path.join(folder, name)).equals(bytes)).toBe(true)
  }
}

const EVERY_KIND = [1, 2].flatMap((suite) =>
  Object.keys(CODEC).flatMap((codec) => [true, false].map((inline) => [suite, codec, inline])),
)

test.each(EVERY_KIND)(
  'restores all snapshots: suite %d, %s, tables inside commits: %s',
  async (suite, codec, inline) => {
    const repository = tinyRepository({ suite, codec: CODEC[codec], inline, epochs: suite })
    const snapshots = fill(repository)
    const chains = [...repository.known.values()].map(({ chain }) => chain)
    expect(Math.max(...chains)).toBe(2)
    const { repo, out } = place(repository)
    for (const [at, snapshot] of snapshots.entries()) {
      const words = [repo, 'restore', `2031-05-06T07:0${at}`, '--to', `${out}${at}`]
      expect(await run(words)).toMatchObject({ code: 0 })
      expectFiles(`${out}${at}`, snapshot)
    }
    const verified = await run([repo, 'verify'])
    expect(verified.said).toContain('3 of 3 snapshots')
    expect(verified.code).toBe(0)
  },
)

test.each([
  [1, 'zstd'],
  [2, 'lz4'],
  [2, 'zstd'],
])(
  'as a process, and without what old Nodes lack, it restores the same: suite %d, %s',
  async (suite, codec) => {
    const repository = tinyRepository({ suite, codec: CODEC[codec], inline: false })
    const snapshots = fill(repository)
    const { repo, out } = place(repository)
    for (const native of [true, false]) {
      const to = `${out}-${native}`
      expect(await start([repo, 'restore', '--to', to], { native })).toMatchObject({ code: 0 })
      expectFiles(to, snapshots[2])
    }
  },
)

test(
  'reads lists of several levels, of both forms, and segments of both roles',
  async () => {
    const repository = tinyRepository({ segmentBytes: 65_536, packSegments: 1000, inline: false })
    const bytes = crypto.randomBytes(16 * 70_000 + 5)
    const gear = crypto.randomBytes(4 * 60_000)
    const { record } = addCommit(repository, {
      streams: [
        { name: 'pages', bytes, pages: 16 },
        { name: 'gear', bytes: gear, cuts: [3, 5, 4] },
      ],
    })
    expect(record.streams[0].root.level).toBe(2)
    expect(record.streams[1].root.level).toBeGreaterThanOrEqual(1)
    const { repo, out } = place(repository)
    expect(await run([repo, 'restore', '--to', out])).toMatchObject({ code: 0 })
    expectFiles(out, { pages: bytes, gear })
  },
)

test('reads units of 64 KiB that are deltas, and deltas that copy from elsewhere in the page', async () => {
  const repository = tinyRepository({ segmentBytes: 1 << 20 })
  const first = inputs.random(3 * 65_536)
  const shifted = Buffer.concat([Buffer.from('shift'), first.subarray(0, 65_531), first.subarray(65_536)])
  addCommit(repository, { streams: [{ name: 'a', bytes: first, pages: 65_536 }] })
  const { packs } = addCommit(repository, {
    streams: [{ name: 'a', bytes: shifted, pages: 65_536 }],
    deltas: true,
  })
  expect(packs[0].size).toBeLessThan(2000)
  const { repo, out } = place(repository)
  expect(await run([repo, 'restore', '--to', out])).toMatchObject({ code: 0 })
  expect(fs.readFileSync(out).equals(shifted)).toBe(true)
})

// ── Secrets

const SECRETS = {
  passphrase: { BACKUP_PASSPHRASE: 'Rücken fine' },
  code: { BACKUP_RECOVERY_CODE: printCode(Buffer.alloc(20, 9)) },
  key: { BACKUP_KEY: Buffer.alloc(32, 7).toString('hex').toUpperCase() },
}
const withSecrets = (kdf) => {
  const repository = tinyRepository({
    kdf,
    passphrase: 'Ru\u0308cken \ufb01ne',
    key: Buffer.alloc(32, 7),
    code: Buffer.alloc(20, 9),
  })
  addCommit(repository, { streams: [] })
  return place(repository)
}

test.each(['argon2id', 'scrypt', 'pbkdf2-sha256'])(
  'opens with passphrase (%s), key and recovery code',
  async (kdf) => {
    const { base, repo } = withSecrets(kdf)
    for (const env of Object.values(SECRETS))
      expect(await run([repo, 'list'], env)).toMatchObject({ code: 0 })
    for (const text of [
      'Rücken fine',
      'Rücken fine\r\n',
      `${SECRETS.code.BACKUP_RECOVERY_CODE}\n`,
      SECRETS.key.BACKUP_KEY,
    ]) {
      const file = path.join(base, 'secret')
      fs.writeFileSync(file, text)
      expect(await run([repo, 'list', '--passphrase-file', file], {})).toMatchObject({ code: 0 })
    }
  },
)

test.each([
  [{ BACKUP_PASSPHRASE: 'rücken fine' }, /secret is wrong/],
  [{ BACKUP_KEY: '00'.repeat(32) }, /secret is wrong/],
  [{ BACKUP_KEY: '00'.repeat(31) }, /64 hexadecimal/],
  [{ BACKUP_RECOVERY_CODE: printCode(Buffer.alloc(20, 8)) }, /secret is wrong/],
  [{ BACKUP_RECOVERY_CODE: SECRETS.code.BACKUP_RECOVERY_CODE.replace(/^./, 'y') }, /typing mistake/],
  [{ BACKUP_PASSPHRASE: SECRETS.code.BACKUP_RECOVERY_CODE.replace(/^./, 'y') }, /secret is wrong/],
  [{}, /no terminal/],
])('stops at %j', async (env, why) => {
  const { repo, out } = withSecrets('pbkdf2-sha256')
  const { code, said } = await run([repo, 'restore', '--to', out], env)
  expect(said).toMatch(why)
  expect(code).toBe(2)
  expect(fs.existsSync(out)).toBe(false)
  for (const value of Object.values(env)) expect(said).not.toContain(value)
})

test('stops at an empty secret, an unreadable file, and a secret for which there is no slot', async () => {
  const { base, repo } = place(tinyRepository({ passphrase: null, code: Buffer.alloc(20, 1) }))
  const file = path.join(base, 'secret')
  fs.writeFileSync(file, '\n')
  expect(await run([repo, 'list', '--passphrase-file', file], {})).toMatchObject({
    code: 2,
    said: expect.stringMatching(/empty/),
  })
  fs.writeFileSync(file, Buffer.from([0xff, 0xfe]))
  expect(await run([repo, 'list', '--passphrase-file', file], {})).toMatchObject({
    code: 2,
    said: expect.stringMatching(/as text/),
  })
  expect(await run([repo, 'list', '--passphrase-file', base], {})).toMatchObject({
    code: 2,
    said: expect.stringMatching(/EISDIR/),
  })
  const { code, said } = await run([repo, 'list'], { BACKUP_PASSPHRASE: 'x' })
  expect(said).toMatch(/no slot takes such a secret.*recovery/s)
  expect(code).toBe(2)
})

test('goes by the newest ring when a change of keys left older slots behind', async () => {
  const repository = tinyRepository({ epochs: 1 })
  addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('old'), pages: 512 }] })
  repository.roots.push(crypto.randomBytes(32), crypto.randomBytes(32))
  repository.epoch = 3
  addSlot(repository, 'passphrase', passphraseKdf('scrypt'), 'correct horse')
  addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('new'), pages: 512 }] })
  const { repo, out } = place(repository)
  expect(await run([repo, 'verify'])).toMatchObject({ code: 0, said: expect.stringMatching(/2 of 2/) })
  expect(await run([repo, 'restore', '--to', out])).toMatchObject({ code: 0 })
  expect(fs.readFileSync(out, 'utf8')).toBe('new')
})

const erasedOne = { erased: [{ epoch: 1, time: '2033-01-01T00:00:00.000Z' }] }
const ringOf = (roots, first) =>
  roots.map((root, at) => ({ epoch: first + at, root: root.toString('base64'), created: '2031-05-06T07:08:09.010Z' }))

test('restores what is left after the keys of an epoch were erased, and says of the rest that they were', async () => {
  const repository = tinyRepository({ epochs: 1, passphrase: null })
  addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('old'), pages: 512 }] })
  repository.roots.push(crypto.randomBytes(32))
  repository.epoch = 2
  addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('new'), pages: 512 }] })
  const ring = { epochs: ringOf(repository.roots.slice(1), 2), ...erasedOne }
  addSlot(repository, 'passphrase', passphraseKdf('scrypt'), 'correct horse', { ring })
  const { repo, out } = place(repository)
  expect(await run([repo, 'restore', '--to', out])).toMatchObject({
    code: 1,
    said: expect.stringMatching(/epoch 1, which were erased on 2033-01-01/),
  })
  expect(fs.readFileSync(out, 'utf8')).toBe('new')
})

test('goes by the ring from which most was erased, when a slot from before the erasure is left', async () => {
  const repository = tinyRepository({ epochs: 2 })
  const ring = { epochs: ringOf(repository.roots.slice(1), 2), ...erasedOne }
  addSlot(repository, 'passphrase', passphraseKdf('scrypt'), 'correct horse', { ring })
  repository.epoch = 1
  addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('old'), pages: 512 }] })
  const { repo } = place(repository)
  expect(await run([repo, 'list'])).toMatchObject({ said: expect.stringMatching(/which were erased on/) })
})

// ── What is chosen, and where it goes

function twoSnapshots() {
  const repository = tinyRepository()
  const one = addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('one'), pages: 512 }] })
  const two = addCommit(repository, {
    streams: [
      { name: 'a', bytes: Buffer.from('two'), pages: 512 },
      { name: 'A', bytes: Buffer.from('too'), cuts: [2] },
    ],
    change: { note: 'before\u001b[2J the move' },
  })
  addCommit(repository, { streams: [], change: { proof: { complete: false } } })
  return { ...place(repository), one: one.hash, two: two.hash }
}

test('lists snapshots, oldest first, without incomplete ones or what disturbs a terminal', async () => {
  const { repo, one, two } = twoSnapshots()
  const { code, said } = await run([repo, 'list'])
  const lines = said.trim().split('\n')
  expect(lines[0]).toMatch(
    new RegExp(`^${one.slice(0, 12)}  2031-05-06T07:00:08.090Z  manual .*3 bytes  a test: a$`),
  )
  expect(lines[1]).toMatch(
    new RegExp(`^${two.slice(0, 12)} .*6 bytes  a test: a, A \\(before_\\[2J the move\\)$`),
  )
  expect(lines[2]).toMatch(/^2 snapshots .* 1 runs .*left out/)
  expect(code).toBe(0)
})

test('finds a snapshot by the beginning of its id or time', async () => {
  const { repo, out, one } = twoSnapshots()
  expect(await run([repo, 'restore', one.slice(0, 6), '--to', `${out}1`])).toMatchObject({ code: 0 })
  expect(await run([repo, 'restore', '2031-05-06T07:00', '--to', `${out}2`])).toMatchObject({ code: 0 })
  expect(fs.readFileSync(`${out}1`, 'utf8') + fs.readFileSync(`${out}2`, 'utf8')).toBe('oneone')
  expect(await run([repo, 'restore', '2031', '--to', out])).toMatchObject({
    code: 2,
    said: expect.stringMatching(/2 snapshots have/),
  })
  expect(await run([repo, 'restore', 'zz', '--to', out])).toMatchObject({
    code: 2,
    said: expect.stringMatching(/no snapshot/),
  })
  expect(fs.existsSync(out)).toBe(false)
})

test('a single stream goes into the file that is named, or into a folder', async () => {
  const { base, repo, out, one } = twoSnapshots()
  fs.mkdirSync(`${out}-there`)
  for (const [to, file] of [
    [`${out}/x/y`, 'out/x/y'],
    [`${out}-new/`, 'out-new/a'],
    [`${out}-there`, 'out-there/a'],
  ]) {
    expect(await run([repo, 'restore', one, '--to', to])).toMatchObject({ code: 0 })
    expect(fs.readFileSync(path.join(base, file), 'utf8')).toBe('one')
  }
})

test('streams whose names differ in case only become different files', async () => {
  const { repo, out } = twoSnapshots()
  expect(await run([repo, 'restore', '--to', out])).toMatchObject({ code: 0 })
  expectFiles(out, { a: Buffer.from('two'), 'A-2': Buffer.from('too') })
})

test('never overwrites a file, and begins nothing if one of several is there', async () => {
  const { repo, out, one } = twoSnapshots()
  fs.writeFileSync(`${out}-file`, 'mine')
  const single = await run([repo, 'restore', one, '--to', `${out}-file`])
  expect(single).toMatchObject({ code: 2, said: expect.stringMatching(/exists/) })
  expect(fs.readFileSync(`${out}-file`, 'utf8')).toBe('mine')
  fs.mkdirSync(out)
  fs.writeFileSync(path.join(out, 'A-2'), 'mine')
  expect(await run([repo, 'restore', '--to', out])).toMatchObject({
    code: 2,
    said: expect.stringMatching(/exists/),
  })
  expectFiles(out, { 'A-2': Buffer.from('mine') })
})

test('says so when a target cannot be, before anything is written', async () => {
  const { repo, out, one } = twoSnapshots()
  fs.writeFileSync(out, 'a file')
  const { code, said } = await run([repo, 'restore', one, '--to', path.join(out, 'below')])
  expect(said).toMatch(/below cannot be written \(ENOTDIR\)/)
  expect(code).toBe(2)
})

test('a file gets its name once its bytes are on the disk, and the folder is synced after it', async () => {
  const { repo, out, one } = twoSnapshots()
  const [write, rename] = [vi.spyOn(fs, 'writeSync'), vi.spyOn(fs, 'renameSync')]
  const { code, syncs } = await run([repo, 'restore', one, '--to', out])
  const order = [write.mock, rename.mock].map(({ invocationCallOrder }) => invocationCallOrder)
  for (const spy of [write, rename]) spy.mockRestore()
  expect(code).toBe(0)
  expect([order[0].length, order[1].length, syncs.length]).toEqual([1, 1, 2])
  const inOrder = [order[0][0], syncs[0], order[1][0], syncs[1]]
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b))
})

test('a disk that fills up is told, and leaves no file behind', async () => {
  const { repo, out, one } = twoSnapshots()
  const full = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  })
  const { code, said } = await run([repo, 'restore', one, '--to', `${out}/`])
  expect(full).toHaveBeenCalled()
  full.mockRestore()
  expect(said).toMatch(/out\/a could not be written: ENOSPC/)
  expect(code).toBe(1)
  expect(filesIn(out)).toEqual([])
})

test('leaves the repository as it was', async () => {
  const { repo, out } = twoSnapshots()
  const state = () => filesIn(repo).map((name) => `${name} ${fs.statSync(path.join(repo, name)).mtimeMs}`)
  const before = state()
  for (const words of [['list'], ['verify'], ['restore', '--to', out]]) await run([repo, ...words])
  expect(state()).toEqual(before)
})

test('explains itself, and says what is wrong with its arguments', async () => {
  for (const words of [[], ['help'], ['--help']]) {
    expect(await start(words)).toMatchObject({ code: 0, out: expect.stringMatching(/restore \[SNAPSHOT\]/) })
  }
  const { repo } = twoSnapshots()
  for (const [words, why] of [
    [[repo], /no command/],
    [[repo, 'burn'], /"burn" is no command/],
    [[repo, 'list', '--fast'], /"--fast" is no option/],
    [[repo, 'restore'], /--to/],
    [[repo, 'restore', '--to'], /needs a value/],
    [[repo, 'list', 'x'], /words too many/],
  ]) {
    const { code, err } = await start(words)
    expect(err).toMatch(why)
    expect(code).toBe(2)
  }
})

test('ignores unknown folders, foreign files and half-copied ones, and verify names the latter', async () => {
  const { repo } = twoSnapshots()
  for (const name of [
    '.DS_Store',
    'constructor/a/b',
    'format/v1/readme.txt',
    'packs/ab/Copy of x',
    'sessions/203105/x',
  ]) {
    fs.mkdirSync(path.dirname(path.join(repo, name)), { recursive: true })
    fs.writeFileSync(path.join(repo, name), 'x')
  }
  const { code, said } = await run([repo, 'verify'])
  expect(said).toMatch(/format\/v1\/readme.txt has no name of this format/)
  expect(code).toBe(0)
})

test('several copies of a unit: takes one whose deltas can be undone', async () => {
  const repository = tinyRepository({ inline: false })
  const [x, y] = [inputs.random(512), changed(inputs.random(512), 100)]
  const add = (bytes, minute, deltas) =>
    addCommit(repository, { minute, streams: [{ name: 'a', bytes, pages: 512 }], deltas })
  add(x, 10, false)
  add(y, 1, true) // y on x, read before x itself
  repository.known.clear()
  repository.before.clear()
  add(y, 11, false)
  add(x, 2, true) // x on y, read before y itself
  const { repo, out } = place(repository)
  for (const [minute, bytes] of [
    ['10', x],
    ['01', y],
    ['11', y],
    ['02', x],
  ]) {
    expect(await run([repo, 'restore', `2031-05-06T07:${minute}`, '--to', out + minute])).toMatchObject({
      code: 0,
    })
    expect(fs.readFileSync(out + minute).equals(bytes)).toBe(true)
  }
})

test('a repository inside which restore.mjs lies can be restored with it', async () => {
  const repository = tinyRepository()
  addCommit(repository, { streams: [{ name: 'a', bytes: Buffer.from('inside'), pages: 512 }] })
  const { repo, out } = place(repository)
  const program = fs.readFileSync(new URL('../restore.mjs', import.meta.url))
  save({ objects: new Map([['restore/1/restore.mjs', program]]) }, repo)
  expect(await run([repo, 'restore', '--to', out])).toMatchObject({ code: 0 })
  expect(fs.readFileSync(out, 'utf8')).toBe('inside')
})
