// A small writer of repositories, made from FORMAT.md alone, so that restore.mjs has something to read that
// shares no code with it. It holds everything in memory: `objects` is a Map from names to bytes.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'

export const CODEC = { store: 0, gzip: 1, brotli: 2, lz4: 3, zstd: 4 }
const KIND = { pack: 1, commit: 2 }
const SUITE_NAME = { 1: 'aes-256-gcm', 2: 'xchacha20-poly1305' }

const bytesOf = (parts) => Buffer.concat(parts.map((part) => Buffer.from(part)))
const sha256 = (...parts) => crypto.createHash('sha256').update(bytesOf(parts)).digest()
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
const hkdf = (key, salt, info) => Buffer.from(crypto.hkdfSync('sha256', key, salt, info, 32))
const same = (value) => value
const integer = (width) => (value) => {
  const bytes = Buffer.alloc(width)
  for (let at = 0, rest = BigInt(value); at < width; at++, rest >>= 8n) bytes[at] = Number(rest & 255n)
  return bytes
}
export const u8 = integer(1)
export const u16 = integer(2)
export const u32 = integer(4)
export const u64 = integer(8)

/**
 * A repository with one slot for each secret given (`passphrase: null` for none). `codec` is for segments and
 * tails; `inline` puts tables of contents into commits; `segmentBytes` and `packSegments` say how much goes
 * into a segment and into a pack.
 */
export function tinyRepository({
  suite = 1, codec = CODEC.store, inline = true, segmentBytes = 4096, packSegments = 8, kdf = 'argon2id',
  passphrase = 'correct horse', key, code, epochs = 1, changeFormat = {},
} = {}) {
  const id = crypto.randomBytes(16)
  const repository = {
    objects: new Map(), id, suite, codec, inline, segmentBytes, packSegments,
    roots: Array.from({ length: epochs }, () => crypto.randomBytes(32)), epoch: epochs,
    unitsKey: crypto.randomBytes(32), known: new Map(), sequence: 0, previous: null, before: new Map(),
  }
  const format = {
    magic: 'backup-repository', version: 1, repository: id.toString('hex'), created: time(0),
    suite: SUITE_NAME[suite], requires: { read: [], write: [], delete: ['sessions'] },
    note: 'A backup.', restore: {}, ...changeFormat,
  }
  put(repository, (hash) => `format/v1/${hash}`, Buffer.from(JSON.stringify(format)))
  if (passphrase !== null) addSlot(repository, 'passphrase', passphraseKdf(kdf), passphrase)
  if (key !== undefined) addSlot(repository, 'raw', { name: 'raw' }, key)
  if (code !== undefined) addSlot(repository, 'recovery', { name: 'recovery' }, code)
  return repository
}

const time = (minute) => new Date(Date.UTC(2031, 4, 6, 7, minute, 8, 90)).toISOString()

function put(repository, name, bytes) {
  const hash = sha256(bytes).toString('hex')
  repository.objects.set(name(hash), bytes)
  return hash
}

export function save(repository, folder) {
  for (const [name, bytes] of repository.objects) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), bytes)
  }
  return folder
}

// ── Keys (§5)

export function passphraseKdf(name) {
  const salt = crypto.randomBytes(16).toString('base64')
  if (name === 'scrypt') return { name, cost: 16, blockSize: 2, parallel: 3, salt }
  if (name === 'pbkdf2-sha256') return { name, iterations: 10, salt }
  return { name, memoryKiB: 64, passes: 2, lanes: 3, salt }
}

function derive(kdf, secret, id) {
  if (kdf.name === 'raw') return secret
  if (kdf.name === 'recovery') return hkdf(secret, id, 'backup/1/recovery')
  const password = Buffer.from(secret.normalize('NFKC'))
  const salt = Buffer.from(kdf.salt, 'base64')
  if (kdf.name === 'scrypt') {
    return crypto.scryptSync(password, salt, 32, { N: kdf.cost, r: kdf.blockSize, p: kdf.parallel })
  }
  if (kdf.name === 'pbkdf2-sha256') return crypto.pbkdf2Sync(password, salt, kdf.iterations, 32, 'sha256')
  const cost = { parallelism: kdf.lanes, memory: kdf.memoryKiB, passes: kdf.passes, tagLength: 32 }
  return Buffer.from(crypto.argon2Sync('argon2id', { message: password, nonce: salt, ...cost }))
}

/** `change` may alter the header or the ring before they are sealed, or the slot itself. */
export function addSlot(repository, kind, kdf, secret, change = {}) {
  const { id, suite, roots } = repository
  const salt = crypto.randomBytes(32)
  const kek = change.kek ?? derive(kdf, secret, id)
  const ring = {
    type: 'ring', version: 1, repository: id.toString('hex'), suite: SUITE_NAME[suite], created: time(0),
    epochs: roots.map((root, at) => ({ epoch: at + 1, root: root.toString('base64'), created: time(0) })),
    units: repository.unitsKey.toString('base64'), ...change.ring,
  }
  const header = JSON.stringify({
    repository: id.toString('hex'), kind, kdf, suite, salt: salt.toString('base64'),
    check: hkdf(kek, salt, 'backup/1/slot-check').toString('base64'), created: time(0), ...change.header,
  })
  const sealKey = hkdf(kek, salt, 'backup/1/slot-key')
  const sealed = encrypt(suite, sealKey, 0, Buffer.from(header), Buffer.from(JSON.stringify(ring)))
  const slot = { magic: 'backup-slot', version: 1, header, sealed: sealed.toString('base64'), ...change.slot }
  return put(repository, (hash) => `slots/v1/${hash}`, Buffer.from(JSON.stringify(slot)))
}

export function printCode(code) {
  const checksum = sha256('backup/1/recovery-code', code).readUIntBE(0, 3) >> 4
  const bits = (BigInt(`0x${code.toString('hex')}`) << 20n) | BigInt(checksum)
  const symbols = Array.from({ length: 36 }, (_, at) =>
    '0123456789abcdefghjkmnpqrstvwxyz'[Number((bits >> BigInt(5 * (35 - at))) & 31n)]).join('')
  return symbols.match(/.{6}/g).join('-')
}

// ── Sealed objects (§6)

function encrypt(suite, key, ordinal, associated, plain) {
  const name = suite === 1 ? 'aes-256-gcm' : 'chacha20-poly1305'
  const nonce = Buffer.concat([Buffer.alloc(8), u32(ordinal)])
  const ownKey = suite === 1 ? key : hchacha20(key, Buffer.alloc(16))
  const cipher = crypto.createCipheriv(name, ownKey, nonce, { authTagLength: 16 })
  cipher.setAAD(associated, { plaintextLength: plain.length })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** By way of Node's ChaCha20: a block of its keystream, less what the rounds began with. */
function hchacha20(key, nonce) {
  const stream = crypto.createCipheriv('chacha20', key, nonce).update(Buffer.alloc(64))
  const start = Buffer.concat([Buffer.from('expand 32-byte k'), key, nonce])
  const word = (at) => u32((stream.readUInt32LE(4 * at) - start.readUInt32LE(4 * at)) >>> 0)
  return Buffer.concat([0, 1, 2, 3, 12, 13, 14, 15].map(word))
}

export const descriptor = ({ ordinal, role, codec, flags = 0, plain, stored }) =>
  Buffer.concat([u32(ordinal), u8(role), u8(codec), u16(flags), u32(plain), u32(stored)])

function compress(codec, bytes) {
  if (codec === CODEC.gzip) return zlib.gzipSync(bytes)
  const quick = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }
  if (codec === CODEC.brotli) return zlib.brotliCompressSync(bytes, quick)
  if (codec === CODEC.lz4) return encodeLz4(bytes)
  if (codec === CODEC.zstd) return zlib.zstdCompressSync(bytes)
  return bytes
}

/** LZ4 blocks: the last place of each four bytes is looked up, nothing cleverer. */
export function encodeLz4(input) {
  const output = []
  const seen = new Map()
  const more = (left) => [...Array(Math.floor(left / 255)).fill(255), left % 255]
  const rest = (value) => (value < 15 ? [] : more(value - 15))
  let from = 0
  const emit = (to, match, offset) => {
    const literals = to - from
    const token = (Math.min(15, literals) << 4) | (match ? Math.min(15, match - 4) : 0)
    output.push(Buffer.from([token, ...rest(literals)]), input.subarray(from, to))
    if (match) output.push(u16(offset), Buffer.from(rest(match - 4)))
    from = to + match
  }
  for (let at = 0; at + 12 < input.length; at++) {
    const four = input.readUInt32LE(at)
    const earlier = seen.get(four)
    seen.set(four, at)
    if (earlier === undefined || at - earlier > 65535) continue
    let match = 4
    while (at + match < input.length - 5 && input[earlier + match] === input[at + match]) match++
    emit(at, match, at - earlier)
    at = from - 1
  }
  emit(input.length, 0)
  return Buffer.concat(output)
}

/** `change` may set fields of the header, the tail's descriptor, lengths, padding, or bytes before the tail. */
function sealObject(repository, kind, segments, tailRole, payload, change = {}) {
  const { suite, codec, epoch } = repository
  const right = { magic: 'BKUP', version: 1, kind, suite, wrap: 0, epoch, label: 0, id: repository.id }
  const fields = { ...right, ...change.header }
  const header = Buffer.concat([
    Buffer.from(fields.magic), u8(fields.version), u8(fields.kind), u8(fields.suite), u8(fields.wrap),
    u32(fields.epoch), u32(fields.label), fields.id, crypto.randomBytes(32),
  ])
  const root = repository.roots[fields.epoch - 1] ?? repository.roots[0]
  const key = hkdf(root, header.subarray(32), bytesOf(['backup/1/object', header.subarray(0, 32)]))
  const body = [header]
  const entries = segments.map((segment, ordinal) => {
    const { role, flags, plain, entry, descriptor: wrong } = segment
    const packed = bytesOf([compress(segment.codec ?? codec, plain), segment.after ?? []])
    const lengths = { plain: plain.length, stored: packed.length + 16 }
    const own = descriptor({ ordinal, role, codec: segment.codec ?? codec, flags, ...lengths, ...wrong })
    const offset = segment.offset ?? sum(body.map(({ length }) => length))
    body.push(encrypt(suite, key, ordinal, Buffer.concat([header, own]), packed))
    return Buffer.concat([own, u32(offset), entry])
  })
  const table = Buffer.concat([change.tableHead ?? u32(1), u32(entries.length), ...entries])
  const decoded = payload ?? Buffer.concat([table, change.afterTable ?? Buffer.alloc(0)])
  if (change.between) body.push(change.between)
  const stored = compress(codec, decoded)
  const least = sum(body.map(({ length }) => length)) + 8 + stored.length + 16 + 16
  const padded = Buffer.alloc(8 + stored.length + padme(least) - least)
  const lengths = [u32(change.stored ?? stored.length), u32(change.decoded ?? decoded.length)]
  Buffer.concat([...lengths, stored]).copy(padded)
  if (change.padding) padded[padded.length - 1] = change.padding
  const plain = padded.subarray(0, change.tailBytes)
  const tail = plain.length + 16
  const fitting = { ordinal: 0xffffffff, role: tailRole, codec, flags: 1, plain: 0, stored: tail }
  const own = descriptor({ ...fitting, ...change.tail })
  body.push(encrypt(suite, key, own.readUInt32LE(0), Buffer.concat([header, own]), plain), own)
  return { bytes: Buffer.concat(body), table: decoded, tail }
}

function padme(length) {
  const exponent = Math.floor(Math.log2(length))
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1)
  return Math.ceil(length / step) * step
}

// ── Units, lists, packs (§8, §9, §11, §12)

function unitId(repository, role, bytes) {
  const key = hkdf(repository.unitsKey, repository.id, 'backup/1/unit-id')
  return sha256(key, u8(role), Buffer.alloc(23), u64(bytes.length), bytes).subarray(0, 16)
}

/** Adds a unit to those that `commit` will put into packs, unless the repository has it. */
function addUnit(repository, fresh, role, bytes, base) {
  const id = unitId(repository, role, bytes)
  const name = id.toString('hex')
  if (repository.known.has(name)) return id
  const parent = base && repository.known.get(unitId(repository, role, base).toString('hex'))
  const fits = parent !== undefined && base.length === bytes.length && parent.chain < 8
  const chain = fits ? parent.chain + 1 : 0
  const unit = { id, role, chain, base: chain ? parent.id : Buffer.alloc(16) }
  repository.known.set(name, unit)
  fresh.push({ ...unit, length: bytes.length, stored: chain ? encodeDelta(base, bytes) : bytes })
  return id
}

/** A delta program: wherever eight bytes are in the base too, at the same place or elsewhere, it copies. */
function encodeDelta(base, bytes) {
  const seen = new Map()
  for (let at = base.length - 8; at >= 0; at--) seen.set(base.toString('latin1', at, at + 8), at)
  const steps = []
  let from = 0
  const emit = (to, offset, copied) => {
    steps.push(u16(to - from), u16(offset), u16(copied), bytes.subarray(from, to))
    from = to + copied
  }
  for (let at = 0; at < bytes.length; at = Math.max(at + 1, from)) {
    const eight = bytes.subarray(at, at + 8)
    const offset = eight.equals(base.subarray(at, at + 8)) ? at : seen.get(eight.toString('latin1'))
    if (at - from === 0xffff) emit(at, 0, 0)
    if (offset === undefined || eight.length < 8) continue
    const most = Math.min(0xffff, bytes.length - at)
    let copied = 8
    while (copied < most && bytes[at + copied] === base[offset + copied]) copied++
    emit(at, offset, copied)
  }
  if (from < bytes.length) emit(bytes.length, 0, 0)
  return Buffer.concat(steps)
}

/** Writes the nodes of a list of `{ id, length }`; gives its root. */
function addList(repository, fresh, units, form, alterNode) {
  let entries = units
  for (let level = 0; ; level++) {
    const groups = [[]]
    for (const entry of entries) {
      const group = groups[groups.length - 1]
      group.push(entry)
      const cut = (group.length >= 32 && entry.id[0] === 0) || group.length === 1024
      const full = form === 1 ? group.length === 256 : cut
      if (full && entry !== entries[entries.length - 1]) groups.push([])
    }
    const width = level === 0 ? u32 : u64
    entries = groups.map((group) => {
      const numbers = form === 1 ? [] : group.map(({ length }) => width(length))
      const ids = group.map(({ id }) => id)
      const node = Buffer.concat([u8(level), u8(form), u16(0), u32(group.length), ...ids, ...numbers])
      const length = sum(group.map((each) => each.length))
      return { id: addUnit(repository, fresh, 2, alterNode(node)), length }
    })
    if (entries.length === 1) return { id: entries[0].id.toString('hex'), level }
  }
}

/** Gathers units of one role into segments. */
function makeSegments(repository, units) {
  const groups = []
  for (const unit of units) {
    const last = groups[groups.length - 1]
    if (last?.role === unit.role && last.size + unit.stored.length <= repository.segmentBytes) {
      last.units.push(unit)
      last.size += unit.stored.length
    } else groups.push({ role: unit.role, size: unit.stored.length, units: [unit] })
  }
  return groups.map(({ role, units: own }) => {
    const uniform = own.every(({ length }) => length === own[0].length)
    const deltas = own.some(({ chain }) => chain > 0)
    const lengths = (uniform ? own.slice(0, 1) : own).map(({ length }) => u32(length))
    const bases = [...own.map(({ base }) => base), ...own.map(({ chain }) => u8(chain))]
    const ids = own.map(({ id }) => id)
    const plain = Buffer.concat(own.map(({ stored }) => stored))
    return {
      role, flags: (uniform ? 2 : 0) | (deltas ? 4 : 0), plain,
      entry: Buffer.concat([u32(own.length), ...lengths, ...ids, ...(deltas ? bases : [])]),
    }
  })
}

/** Puts a pack together and gives its entry for a commit. */
function addPack(repository, segments, change = {}) {
  const { bytes, table, tail } = sealObject(repository, KIND.pack, segments, 3, undefined, change)
  const name = put(repository, (hash) => `packs/${hash.slice(0, 2)}/${hash}`, bytes)
  return { name, size: bytes.length, tail, toc: repository.inline ? table.toString('base64') : null }
}

/**
 * One snapshot. A stream is `{ name, bytes }` with `pages` (a unit length) or `cuts` (lengths of units, in
 * turn). `deltas` stores pages as differences to the page at the same place in the snapshot before. What is
 * to be wrong: `change` for the record, `alterNode` for list nodes, the others for what is sealed.
 */
export function addCommit(repository, {
  minute = repository.sequence, streams, deltas = false,
  change = {}, alterSegments = same, alterNode = same, seal, packSeal,
}) {
  const fresh = []
  const described = streams.map(({ name, bytes, pages, cuts }) => {
    const units = []
    for (let at = 0; at < bytes.length; at += units[units.length - 1].length) {
      units.push(bytes.subarray(at, at + (pages ?? cuts[units.length % cuts.length])))
    }
    const before = deltas ? (repository.before.get(name) ?? []) : []
    repository.before.set(name, units)
    const list = units.map((unit, at) => {
      return { id: addUnit(repository, fresh, 1, unit, before[at]), length: unit.length }
    })
    const root = units.length ? addList(repository, fresh, list, pages ? 1 : 2, alterNode) : null
    const gear = { kind: 'gear', minBytes: 1, averageBytes: 2, maxBytes: 3 }
    const chunking = pages ? { kind: 'pages', unitLength: pages } : gear
    return { name, size: bytes.length, chunking, root, units: units.length }
  })
  const segments = alterSegments(makeSegments(repository, fresh.sort((a, b) => a.role - b.role)))
  const packs = []
  while (segments.length > 0) {
    packs.push(addPack(repository, segments.splice(0, repository.packSegments), packSeal))
  }
  const record = {
    type: 'commit', version: 1, repository: repository.id.toString('hex'), writer: '0123456789abcdef',
    sequence: repository.sequence + 1, previous: repository.previous, time: time(minute),
    zone: 'Europe/Berlin', durationMs: 5, kind: 'manual', tags: [], note: null, generation: 0,
    source: { name: 'test', label: 'a test' }, streams: described, proof: { complete: true }, packs,
    counts: {}, software: 'tiny 1', ...change,
  }
  const hash = addRecord(repository, record, seal)
  repository.sequence++
  repository.previous = hash
  return { hash, record, packs }
}

export function addRecord(repository, record, change = {}, text = JSON.stringify(record)) {
  const { bytes } = sealObject(repository, KIND.commit, [], 4, Buffer.from(text), change)
  const [, month, rest] = /^(\d{4}-\d\d)-(.*)Z$/.exec(record.time)
  const stamp = `${month.replace('-', '')}/${rest.toLowerCase().replace(/[:.]/g, '')}z`
  return put(repository, (hash) => `commits/${stamp}-${hash}`, bytes)
}
