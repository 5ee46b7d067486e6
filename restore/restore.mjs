#!/usr/bin/env node
/*
  RESTORE: gets your data back out of this backup, with nothing but Node.js

  What this is
    This file lies in the folder restore/1 of a backup repository: a folder of many files, compressed and
    encrypted, from which the state of a database or of files at certain moments, the "snapshots", can be
    rebuilt. This program does that. It needs no installation, no network, and none of the software that made
    the backup. It only reads the repository; it never changes it.

  What you need
    1. The repository, or any complete copy of it. If it lies in a cloud store, download it as a plain folder.
    2. Node.js, version 18 or any later one, from https://nodejs.org. Nothing else.
    3. One secret: the passphrase, or the printed recovery code (six groups of six letters and digits), or the
       key (64 hexadecimal digits). Without one nobody can read the backup, neither its owner nor a thief.

  How to run it, in a terminal
       node restore.mjs REPOSITORY list                        what snapshots there are
       node restore.mjs REPOSITORY restore --to FOLDER         rebuilds the newest one
       node restore.mjs REPOSITORY restore 3f9a --to FOLDER    rebuilds the one that "list" shows as 3f9a…
       node restore.mjs REPOSITORY verify                      reads and checks everything
    REPOSITORY is the folder with the sub-folders "format", "slots", "packs" and "commits" in it.
    The secret is asked for, and not shown while you type. To run without questions, put it into a file and
    say --passphrase-file FILE, or into the environment: BACKUP_PASSPHRASE, BACKUP_RECOVERY_CODE, BACKUP_KEY.
    Existing files are never overwritten. A file whose name ends in ".unfinished" is left from a run that was
    cut short; delete it. For a repository of terabytes give Node more memory:
    node --max-old-space-size=8192 restore.mjs …

  If something is damaged
    Every object's name holds the SHA-256 of its content, so any other copy of the same repository can lend
    you a whole one: copy the file that the message names over the damaged one, and run this again. Other
    snapshots are not affected unless they share the damaged part; "verify" says which ones can be restored.

  How to read on
    The exact format is in format.md beside this file; "§" in the comments below means its sections. The
    program follows the path of the data, from top to bottom:
       1 commands        what the program does, in outline
       2 the folder      finding objects, comparing them with their names             §3
       3 format, slots   from the secret to the key ring                              §4, §5
       4 sealed objects  decryption                                                   §6, §7
       5 commits         the snapshots                                                §13
       6 packs           tables of contents: where each piece of data ("unit") lies   §8
       7 units           decoding, undoing deltas, checking                           §9 to §11
       8 lists           from a stream's root to its units                            §12
       9 streams         writing the files
      10 verify          checking everything
      11 terminal        arguments, secrets, progress
       A primitives      what Node may lack: Argon2id, XChaCha20-Poly1305, LZ4, Zstandard
    If Node.js is gone where you are, sections 2 to 9 and format.md tell what to write in whatever there is.
*/
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import zlib from 'node:zlib'

const MIB = 1024 * 1024
const MAX_OBJECT = 64 * MIB // §7
const MAX_CLEAR = MIB // the format object and slots, which have a few hundred bytes in fact
const MAX_PLAIN = 16 * MIB // a segment or a unit, §6.3 and §8
const MAX_DELTA = 64 * 1024 // a unit that is stored as a delta, §11
const MAX_CHAIN = 16 // §11
const MAX_ZSTD_WINDOW = 128 * MIB // §10
const MAX_LEVEL = 8 // §12
const CACHE_BYTES = 64 * MIB // decoded segments kept at hand
const WINDOW_UNITS = 1 << 18 // units planned at a time while a stream is written

/** Nothing can be done at all: the program ends with 2. */
class Stop extends Error {}

/** One object, or a part of it, cannot be used; everything that does not need it still can. */
class Damage extends Error {}

/** `why` may be a function where making the text each time would cost more than the check. */
function check(condition, why) {
  if (!condition) throw new Damage(typeof why === 'function' ? why() : why)
}

/** Runs `work`; whatever damage it meets is told with the place where it was met. */
function within(place, work) {
  try {
    return work()
  } catch (error) {
    const told = !(error instanceof Damage) || error.message.startsWith(place)
    if (!told) error.message = `${place}: ${error.message}`
    throw error
  }
}

/** Runs `work`. If it meets damage, says so, once for each place, and gives undefined. */
function attempt(repository, place, work) {
  try {
    return within(place, work)
  } catch (error) {
    if (!(error instanceof Damage)) throw error
    if (!repository.faults.has(place)) warn(error.message)
    repository.faults.add(place)
    return undefined
  }
}

// ── 1. Commands ────────────────────────────────────────────────────────────────────────────────────────────

const USAGE = `node restore.mjs REPOSITORY list
node restore.mjs REPOSITORY restore [SNAPSHOT] --to FOLDER-OR-FILE
node restore.mjs REPOSITORY verify
node restore.mjs help

REPOSITORY  the folder that holds "format", "slots", "packs" and "commits"
SNAPSHOT    the first characters of an id or a time as "list" shows them, or "latest" (which is the default)
--to        a folder: each stream of the snapshot becomes a file in it. If there is a single stream, and this
            neither ends in / nor is a folder: the file itself. Files that exist are never overwritten.

The secret (passphrase, recovery code, or key as 64 hexadecimal digits) is asked for on a terminal. Otherwise:
--passphrase-file FILE, or one of BACKUP_PASSPHRASE, BACKUP_RECOVERY_CODE, BACKUP_KEY in the environment.

The program ends with 0 when all that was asked is done, with 1 when something is damaged or could not be
written, with 2 when it could not begin. The beginning of restore.mjs explains more.`

/** Does what the arguments say; gives the number to end with. */
async function main(argv) {
  try {
    const request = parseArguments(argv)
    if (request.command !== 'help') return await perform(request)
    say(USAGE)
    return 0
  } catch (error) {
    const expected = error instanceof Stop || error.code !== undefined
    warn(expected ? error.message : error.stack)
    return error instanceof Stop ? 2 : 1
  }
}

async function perform(request) {
  const repository = findRepository(request.repository)
  unlock(repository, await findSecrets(request))
  if (request.command === 'list') return list(repository)
  if (request.command === 'restore') return restore(repository, request)
  return verify(repository)
}

function findRepository(root) {
  const folder = openFolder(root)
  return { folder, format: readFormat(folder), faults: new Set(), missing: [], unnamed: [] }
}

/** From here on it is known what snapshots there are; where their data lies is looked up by loadTables. */
function unlock(repository, secrets) {
  const ring = openRing(repository, secrets)
  Object.assign(repository, ring, { index: emptyIndex(), cache: { segments: new Map(), bytes: 0 } })
  repository.commits = readCommits(repository)
  repository.snapshots = repository.commits.filter((commit) => commit.complete)
}

function list(repository) {
  const { commits, snapshots } = repository
  for (const { id, time, kind, streams, label, note } of snapshots) {
    const size = bytesText(streams.reduce((sum, stream) => sum + stream.size, 0)).padStart(10)
    const names = streams.map((stream) => shown(stream.name)).join(', ')
    const more = note ? ` (${shown(note)})` : ''
    say(`${id.slice(0, 12)}  ${time}  ${kind.padEnd(9)}  ${size}  ${shown(label)}: ${names}${more}`)
  }
  const incomplete = commits.length - snapshots.length
  say(`${snapshots.length} snapshots in ${repository.folder.root}` +
    (incomplete > 0 ? `; ${incomplete} runs that were not completed are left out` : ''))
  return closing(repository)
}

function restore(repository, request) {
  const { id, time, label, streams } = chooseSnapshot(repository, request.snapshot)
  const targets = chooseTargets(streams, request.to)
  say(`Restoring snapshot ${id.slice(0, 12)} of ${time} (${shown(label)})`)
  loadTables(repository)
  const done = streams.filter((stream, at) => attempt(repository, `stream "${shown(stream.name)}"`, () => {
    writeStream(repository, stream, targets[at])
    say(`  ${targets[at]}  ${bytesText(stream.size)}`)
    return true
  }))
  say(`${done.length} of ${streams.length} streams restored and checked`)
  return closing(repository)
}

/** The last words, and the number the program ends with. */
function closing({ faults, missing }) {
  if (faults.size === 0) return 0
  if (missing.length > 0) say(`Packs that commits name and that are not here:\n  ${missing.join('\n  ')}`)
  const count = faults.size === 1 ? 'One fault' : `${faults.size} faults`
  say(`${count}, told above. Damaged and missing objects can be taken from any other copy of this ` +
    'repository: same name, same content. Then run this again.')
  return 1
}

// ── 2. The folder (§3) ─────────────────────────────────────────────────────────────────────────────────────

const NAME_PART = /^[a-z0-9][a-z0-9._-]*$/
/** What names look like after `class/`. Of classes that are not here, only the hashes are compared. */
const NAME_FORMS = new Map([
  ['format', /^v\d+\/([0-9a-f]{64})$/],
  ['slots', /^v\d+\/([0-9a-f]{64})$/],
  ['packs', /^([0-9a-f]{2})\/(?=\1)([0-9a-f]{64})$/],
  ['commits', /^\d{6}\/\d{2}t\d{9}z-([0-9a-f]{64})$/],
])
const OTHER_FORM = /^[^/]+\/(?:[^/]*-)?([0-9a-f]{64})$/

/** All objects, by class. Files whose names do not fit are left out, half-copied ones for instance. */
function openFolder(root) {
  if (!isFolder(root)) throw new Stop(`${root} is not a folder. Name the folder that holds the repository.`)
  const objects = new Map([...NAME_FORMS.keys()].map((name) => [name, []]))
  const strays = []
  for (const kind of entriesOf(root).filter((name) => name !== 'restore')) {
    if (!objects.has(kind)) objects.set(kind, [])
    for (const shard of entriesOf(root, kind)) {
      for (const last of entriesOf(root, kind, shard)) {
        const name = `${kind}/${shard}/${last}`
        const file = path.join(root, name)
        const hash = (NAME_FORMS.get(kind) ?? OTHER_FORM).exec(`${shard}/${last}`)?.pop()
        const size = fs.statSync(file, { throwIfNoEntry: false })?.size
        if (hash === undefined || size === undefined) strays.push(name)
        else objects.get(kind).push({ name, file, hash, size })
      }
    }
  }
  return { root, objects, strays }
}

function entriesOf(...folder) {
  if (!isFolder(path.join(...folder))) return []
  return fs.readdirSync(path.join(...folder)).filter((name) => NAME_PART.test(name)).sort()
}

function isFolder(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function readRange(object, start, length) {
  const end = start + length
  check(start >= 0 && end <= object.size, `has ${object.size} bytes, and ${end} are needed: it was cut short`)
  const bytes = Buffer.alloc(length)
  let file
  try {
    file = fs.openSync(object.file, 'r')
    for (let done = 0, got; done < length; done += got) {
      got = fs.readSync(file, bytes, done, length - done, start + done)
      check(got > 0, 'became shorter while it was read')
    }
  } catch (error) {
    throw error instanceof Damage ? error : new Damage(`cannot be read from disk (${error.code})`)
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
  return bytes
}

/** The whole object, compared with the hash in its name. */
function readWhole(object, limit = MAX_OBJECT) {
  check(object.size <= limit, `has ${object.size} bytes, and such an object has no more than ${limit}`)
  const bytes = readRange(object, 0, object.size)
  check(sha256(bytes).toString('hex') === object.hash, 'its content does not have the SHA-256 in its name')
  return bytes
}

function sha256(...parts) {
  const hash = crypto.createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0
const isText = (value) => typeof value === 'string'
const isHex = (value, digits) => isText(value) && value.length === digits && /^[0-9a-f]*$/.test(value)

function parseJson(bytes) {
  let value
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new Damage('is not JSON')
  }
  check(typeof value === 'object' && value !== null, 'is not a JSON object')
  return value
}

function fromBase64(text, what, length) {
  const bytes = Buffer.from(isText(text) ? text : '', 'base64')
  check(bytes.toString('base64') === text, `"${what}" is not base64`)
  const right = length === undefined || bytes.length === length
  check(right, `"${what}" has ${bytes.length} bytes instead of ${length}`)
  return bytes
}

// ── 3. From the secret to the key ring (§4, §5) ────────────────────────────────────────────────────────────

const SUITE_NAMES = ['aes-256-gcm', 'xchacha20-poly1305'] // numbers 1 and 2
const KNOWN_FEATURES = [] // of those that `requires.read` may name

function readFormat({ root, objects }) {
  const found = objects.get('format')
  if (found.length === 0) {
    throw new Stop(`${root} has no format object (a file format/v1/…): it is not a repository, or an ` +
      'incomplete copy. Name the folder with "format", "slots", "packs" and "commits", or copy it again.')
  }
  if (found.length > 1) {
    const names = found.map(({ name }) => `\n  ${name}`).join('')
    throw new Stop(`${root} has ${found.length} format objects: two repositories were mixed in one folder. ` +
      `Copy each into a folder of its own. They are:${names}`)
  }
  try {
    return within(found[0].name, () => parseFormat(parseJson(readWhole(found[0], MAX_CLEAR))))
  } catch (error) {
    if (!(error instanceof Damage)) throw error
    throw new Stop(`${error.message}. Take this one object from another copy of the repository.`)
  }
}

function parseFormat(format) {
  const newer = 'Use a newer restore.mjs: the repository itself holds one, in the folder "restore".'
  check(format.magic === 'backup-repository', 'does not say that this is a repository')
  if (format.version !== 1) {
    throw new Stop(`this repository has format version ${shown(format.version)}, and 1 can be read. ${newer}`)
  }
  check(isHex(format.repository, 32), 'has no repository id')
  check(SUITE_NAMES.includes(format.suite), `suite "${shown(format.suite)}" is unknown to this program`)
  const needed = format.requires?.read ?? []
  check(Array.isArray(needed), 'has a "requires.read" that is not a list')
  const unknown = needed.filter((feature) => !KNOWN_FEATURES.includes(feature)).map(shown)
  if (unknown.length > 0) {
    const names = unknown.join('", "')
    throw new Stop(`a program that reads this repository must know "${names}"; this one does not. ${newer}`)
  }
  return { ...format, id: Buffer.from(format.repository, 'hex') }
}

/**
 * Tries every slot that the secrets may fit, and goes by the ring with the highest epoch, and among these by
 * the one from which most was erased: a change of keys that was cut short leaves older rings behind.
 */
function openRing(repository, secrets) {
  const rings = []
  const unfit = []
  let wrong = 0
  for (const object of repository.folder.objects.get('slots')) {
    attempt(repository, object.name, () => {
      const slot = parseSlot(parseJson(readWhole(object, MAX_CLEAR)), repository.format)
      const { name } = slot.kdf
      if (!TAKES.has(name)) warn(`${object.name}: key derivation "${shown(name)}" is unknown to this program`)
      const secret = secrets[TAKES.get(name)]
      if (secret === undefined) unfit.push(shown(slot.kind))
      else {
        const ring = openSlot(slot, deriveKey(slot.kdf, secret, repository.format.id))
        if (ring === undefined) wrong++
        else rings.push(parseRing(parseJson(ring), repository.format))
      }
    })
  }
  if (rings.length > 0) return rings.reduce((best, ring) => (isLater(ring, best) ? ring : best))
  const hint = secrets.typo ? ` (As a recovery code, it ${secrets.typo}.)` : ''
  if (wrong > 0) {
    throw new Stop(`the secret is wrong: it opens none of the slots it could fit, ${wrong} in number. Look ` +
      `at capital letters, the layout of the keyboard, and spaces at the ends.${hint}`)
  }
  if (unfit.length > 0) {
    throw new Stop(`no slot takes such a secret. There are slots for: ${unfit.join(', ')}.${hint}`)
  }
  throw new Stop('no slot can be used: the folder "slots" is empty, or all in it is damaged. Take it from ' +
    'another copy of the repository; it holds the keys, without which nothing can be read.')
}

function parseSlot(slot, format) {
  check(slot.magic === 'backup-slot', 'does not say that it is a slot')
  check(slot.version === 1, `slot version ${shown(slot.version)} is unknown to this program`)
  check(isText(slot.header), 'has no header')
  const header = parseJson(Buffer.from(slot.header))
  check(header.repository === format.repository, 'belongs to another repository')
  check([1, 2].includes(header.suite), `suite ${shown(header.suite)} is unknown to this program`)
  check(isText(header.kind) && typeof header.kdf === 'object' && header.kdf !== null, 'lacks "kind" or "kdf"')
  return {
    ...header,
    associated: Buffer.from(slot.header),
    salt: fromBase64(header.salt, 'salt', 32),
    check: fromBase64(header.check, 'check', 32),
    sealed: fromBase64(slot.sealed, 'sealed'),
  }
}

/** The ring's bytes; undefined if the secret is wrong. */
function openSlot(slot, kek) {
  if (!hkdf(kek, slot.salt, 'backup/1/slot-check').equals(slot.check)) return undefined
  const key = hkdf(kek, slot.salt, 'backup/1/slot-key')
  const plain = openAead(slot.suite, key, 0, slot.associated, slot.sealed)
  check(plain !== undefined, 'the secret is right, but the slot is damaged')
  return plain
}

function parseRing(ring, format) {
  check(ring.type === 'ring', 'holds no key ring')
  for (const field of ['version', 'repository', 'suite']) {
    check(ring[field] === format[field], `the key ring and the format object differ in "${field}"`)
  }
  check(Array.isArray(ring.epochs) && ring.epochs.length > 0, 'the key ring has no epochs')
  const roots = new Map()
  const erased = new Map()
  check(ring.erased === undefined || Array.isArray(ring.erased), '"erased" of the key ring is not a list')
  for (const entry of ring.erased ?? []) erased.set(entry?.epoch, shown(entry?.time))
  let newest = 0
  for (const entry of ring.epochs) {
    // A number may be missing only where its key was destroyed on purpose.
    do newest++
    while (erased.has(newest) && newest !== entry?.epoch)
    check(entry?.epoch === newest && !erased.has(newest), 'the epochs of the key ring are not in order')
    roots.set(newest, fromBase64(entry.root, 'root', 32))
  }
  check(roots.size + erased.size === newest, 'the epochs of the key ring and those erased do not add up')
  const unitKey = hkdf(fromBase64(ring.units, 'units', 32), format.id, 'backup/1/unit-id')
  return { roots, erased, newest, unitKey }
}

/** Whether this ring came after that one: it reaches a later epoch, or more was erased from it. */
const isLater = (ring, other) =>
  ring.newest - other.newest > 0 || (ring.newest === other.newest && ring.erased.size > other.erased.size)

/** Which secret each key derivation takes. */
const TAKES = new Map([
  ['argon2id', 'passphrase'], ['scrypt', 'passphrase'], ['pbkdf2-sha256', 'passphrase'],
  ['raw', 'key'], ['recovery', 'code'],
])

/** The key that wraps the ring (§5.2). Parameters are held to their limits before anything costly begins. */
function deriveKey(kdf, secret, repositoryId) {
  if (kdf.name === 'raw') return secret
  if (kdf.name === 'recovery') return hkdf(secret, repositoryId, 'backup/1/recovery')
  const salt = fromBase64(kdf.salt, 'kdf.salt')
  const { length } = salt
  check(length >= 16 && length <= 1024, `"kdf.salt" has ${length} bytes, and 16 to 1,024 are allowed`)
  try {
    return PASSPHRASE_KDFS.get(kdf.name)(kdf, Buffer.from(secret.normalize('NFKC')), salt)
  } catch (error) {
    if (error.code === undefined) throw error
    throw new Damage(`${kdf.name} cannot be computed here: ${error.message}`)
  }
}

const PASSPHRASE_KDFS = new Map([
  ['argon2id', (kdf, password, salt) => {
    const lanes = parameter(kdf, 'lanes', 1, 64)
    const memoryKiB = parameter(kdf, 'memoryKiB', 8 * lanes, 4096 * 1024)
    return argon2idFast({ password, salt, lanes, memoryKiB, passes: parameter(kdf, 'passes', 1, 100) })
  }],
  ['scrypt', (kdf, password, salt) => {
    const r = parameter(kdf, 'blockSize', 1, (4096 * MIB) / 128 / 2)
    const most = Math.min(Math.floor((4096 * MIB) / (128 * r)), 2 ** (16 * r) - 1)
    const N = parameter(kdf, 'cost', 2, most)
    const p = parameter(kdf, 'parallel', 1, 64)
    check(Number.isInteger(Math.log2(N)), `"cost" of scrypt is ${N}, which is not a power of two`)
    return crypto.scryptSync(password, salt, 32, { N, r, p, maxmem: 128 * r * (N + p + 2) + MIB })
  }],
  ['pbkdf2-sha256', (kdf, password, salt) =>
    crypto.pbkdf2Sync(password, salt, parameter(kdf, 'iterations', 1, 100_000_000), 32, 'sha256')],
])

function parameter(kdf, name, least, most) {
  const value = kdf[name]
  check(isCount(value) && value >= least && value <= most,
    `"${name}" of ${kdf.name} is ${shown(value)}, and ${least} to ${most} are allowed`)
  return value
}

/** What people put between groups, word processors included: white space, and dashes of any length. */
const GAPS = /[\s\p{Pd}]/gu

/** The 20 bytes of a printed recovery code (§5.4); what is wrong with it is thrown as Damage. */
function parseRecoveryCode(text) {
  const symbols = text.toLowerCase().replace(GAPS, '').replace(/[il]/g, '1').replace(/o/g, '0')
  check(/^[0-9a-hjkmnp-tv-z]{36}$/.test(symbols), 'does not have 36 letters and digits, none of them a "u"')
  const value = (symbol) => BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(symbol))
  const bits = [...symbols].reduce((sum, symbol) => (sum << 5n) | value(symbol), 0n)
  const code = Buffer.from((bits >> 20n).toString(16).padStart(40, '0'), 'hex')
  const checksum = sha256('backup/1/recovery-code', code).readUIntBE(0, 3) >> 4
  check(Number(bits & 0xfffffn) === checksum, 'has a typing mistake: its check digits do not agree')
  return code
}

const hkdf = (key, salt, info) => Buffer.from(crypto.hkdfSync('sha256', key, salt, info, 32))

// ── 4. Sealed objects (§6, §7) ─────────────────────────────────────────────────────────────────────────────

const KIND = { pack: 1, commit: 2 }
const ROLE = { data: 1, list: 2, table: 3, record: 4 }
const FLAG = { padded: 1, uniform: 2, deltas: 4 }
const HEADER = 64
const FOOTER = 16
const TAG = 16
const TAIL_ORDINAL = 0xffffffff

/** Header, suite and key of a sealed object. `read(start, length)` gives its bytes. */
function openHeader({ format, roots, erased, newest }, kind, read) {
  const header = read(0, HEADER)
  check(header.toString('latin1', 0, 4) === 'BKUP', 'does not begin as a sealed object does')
  const [version, ownKind, suite, wrap] = header.subarray(4)
  const [epoch, label] = [header.readUInt32LE(8), header.readUInt32LE(12)]
  check(version === 1, `object version ${version} is unknown to this program`)
  check(ownKind === kind, `has kind ${ownKind} where ${kind} is needed`)
  check(suite === 1 || suite === 2, `suite ${suite} is unknown to this program`)
  check(wrap === 0, `key wrapping ${wrap} is unknown to this program`)
  check(label === 0, `key label ${label} is unknown to this program`)
  check(header.subarray(16, 32).equals(format.id), 'belongs to another repository')
  check(!erased.has(epoch), `is sealed with the keys of epoch ${epoch}, which were erased on ${erased.get(epoch)}`)
  check(roots.has(epoch), `is sealed with the keys of epoch ${epoch}, and the key ring has 1 to ${newest}`)
  const info = Buffer.concat([Buffer.from('backup/1/object'), header.subarray(0, 32)])
  return { header, suite, key: hkdf(roots.get(epoch), header.subarray(32), info) }
}

function parseDescriptor(bytes) {
  const [ordinal, plainLength, storedLength] = [0, 8, 12].map((at) => bytes.readUInt32LE(at))
  const [role, codec, flags] = [bytes[4], bytes[5], bytes.readUInt16LE(6)]
  check(role >= 1 && role <= 4, `role ${role} is unknown to this program`)
  check(codec < CODECS.length, `codec ${codec} is unknown to this program`)
  check(flags < 8, `flags ${flags} are unknown to this program`)
  check(storedLength > TAG, `a segment of ${storedLength} bytes is too short`)
  return { bytes, ordinal, role, codec, flags, plainLength, storedLength }
}

function openSegment({ header, suite, key }, descriptor, sealed) {
  const plain = openAead(suite, key, descriptor.ordinal, Buffer.concat([header, descriptor.bytes]), sealed)
  const what = descriptor.ordinal === TAIL_ORDINAL ? 'its tail' : `segment ${descriptor.ordinal}`
  check(plain !== undefined, `${what} does not authenticate: this is not what was written`)
  return plain
}

/** The payload of the tail, whose descriptor is the object's last 16 bytes; and where the tail begins. */
function openTail(object, role, size, read) {
  const descriptor = parseDescriptor(read(size - FOOTER, FOOTER))
  const start = size - FOOTER - descriptor.storedLength
  const { ordinal, flags, plainLength } = descriptor
  const isTail = ordinal === TAIL_ORDINAL && flags === FLAG.padded && plainLength === 0 && start >= HEADER
  check(isTail && descriptor.role === role, 'does not end as it should: it was cut or altered')
  // Nothing vouches for such bytes: with them, anybody could make more copies of a record.
  check(role !== ROLE.record || start === HEADER, 'has bytes between its header and its tail')
  const plain = openSegment(object, descriptor, read(start, descriptor.storedLength))
  check(plain.length >= 8, 'its tail is too short')
  const [stored, decoded] = [plain.readUInt32LE(0), plain.readUInt32LE(4)]
  check(stored <= plain.length - 8, `has a tail with ${stored} bytes in ${plain.length}`)
  check(decoded >= 1 && decoded <= MAX_OBJECT, `has a tail that would decode to ${decoded} bytes`)
  check(plain.subarray(8 + stored).every((byte) => byte === 0), 'has padding that is not zero')
  return { payload: decode(descriptor.codec, plain.subarray(8, 8 + stored), decoded), start }
}

function openAead(suite, key, ordinal, associated, sealed) {
  const nonce = Buffer.alloc(suite === 1 ? 12 : 24)
  nonce.writeUInt32LE(ordinal, nonce.length - 4)
  if (suite === 1) return openCipher('aes-256-gcm', key, nonce, associated, sealed)
  return openXChaCha20Poly1305(key, nonce, associated, sealed)
}

/** The plain bytes, or undefined if they do not authenticate. */
function openCipher(name, key, nonce, associated, sealed) {
  if (sealed.length < TAG) return undefined
  const decipher = crypto.createDecipheriv(name, key, nonce, { authTagLength: TAG })
  decipher.setAAD(associated, { plaintextLength: sealed.length - TAG })
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return plain
}

// ── 5. Commits (§13) ───────────────────────────────────────────────────────────────────────────────────────

/** All commits that can be read, oldest first. */
function readCommits(repository) {
  const commits = new Map()
  for (const object of repository.folder.objects.get('commits')) {
    attempt(repository, object.name, () => {
      const bytes = readWhole(object)
      const read = (start, length) => bytes.subarray(start, start + length)
      check(bytes.length >= HEADER, `has only ${bytes.length} bytes: it was cut short`)
      const header = openHeader(repository, KIND.commit, read)
      const record = parseJson(openTail(header, ROLE.record, bytes.length, read).payload)
      const commit = { id: object.hash, ...parseCommit(record, repository.format) }
      if (commit.time !== timeInName(object.name)) warn(`${object.name}: its true time is ${commit.time}`)
      commits.set(object.hash, commit)
    })
  }
  const order = (a, b) => (a.time === b.time ? a.sequence - b.sequence : a.time < b.time ? -1 : 1)
  return [...commits.values()].sort(order)
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const timeInName = (name) =>
  name.replace(/^commits\/(....)(..)\/(..)t(..)(..)(..)(...)z-.*$/, '$1-$2-$3T$4:$5:$6.$7Z')

function parseCommit(commit, format) {
  check(commit.type === 'commit', 'is no commit')
  check(commit.version === 1, `commit version ${shown(commit.version)} is unknown to this program`)
  check(commit.repository === format.repository, 'belongs to another repository')
  check(isText(commit.time) && TIME.test(commit.time), 'has no valid "time"')
  check(isText(commit.writer) && isCount(commit.sequence), 'lacks "writer" or "sequence"')
  check(Array.isArray(commit.streams) && Array.isArray(commit.packs), 'lacks "streams" or "packs"')
  return {
    time: commit.time,
    kind: shown(commit.kind),
    label: shown(commit.source?.label ?? commit.source?.name),
    note: commit.note,
    complete: commit.proof?.complete === true,
    writer: commit.writer,
    sequence: commit.sequence,
    previous: commit.previous,
    streams: commit.streams.map(parseStream),
    packs: commit.packs.map(parsePack),
  }
}

function parseStream(stream) {
  check(isText(stream?.name), 'has a stream without a name')
  const { name, size, units, root } = stream
  return within(`stream "${shown(name)}"`, () => {
    const kind = stream.chunking?.kind
    check(isCount(size) && isCount(units), 'lacks "size" or "units"')
    check(kind === 'pages' || kind === 'gear', `chunking "${shown(kind)}" is unknown to this program`)
    const unitLength = kind === 'pages' ? stream.chunking.unitLength : MAX_PLAIN
    check(isCount(unitLength) && unitLength >= 1 && unitLength <= MAX_PLAIN, 'lacks "unitLength"')
    check((root === null) === (size === 0), `has ${size} bytes, and a root that says otherwise`)
    if (root === null) return { name, size, units, root }
    check(isHex(root?.id, 32) && isCount(root.level), 'has no valid root')
    check(root.level <= MAX_LEVEL, `has a list of level ${root.level}, and ${MAX_LEVEL} is the greatest`)
    const form = kind === 'pages' ? 1 : 2
    return { name, size, units, root: idFromHex(root.id), level: root.level, form, unitLength }
  })
}

function parsePack(pack) {
  const { name, size, tail } = pack ?? {}
  check(isHex(name, 64), 'names a pack without a valid name')
  check(isCount(size) && size <= MAX_OBJECT && isCount(tail) && tail > TAG && HEADER + tail + FOOTER <= size,
    `names the pack ${name} with lengths that cannot be`)
  const toc = pack.toc === null ? null : fromBase64(pack.toc, 'toc')
  return { hash: name, size, start: size - FOOTER - tail, toc }
}

function chooseSnapshot({ snapshots }, wanted) {
  if (snapshots.length === 0) throw new Stop('this repository has no snapshot that can be read.')
  if (wanted === 'latest') return snapshots[snapshots.length - 1]
  const fits = snapshots.filter(({ id, time }) => [id, time].some((text) => text.startsWith(wanted)))
  if (fits.length === 1) return fits[0]
  throw new Stop(fits.length === 0
    ? `no snapshot has an id or a time that begins with "${wanted}". "list" shows what there is.`
    : `${fits.length} snapshots have an id or a time that begins with "${wanted}". Give more of it.`)
}

// ── 6. Packs: where each unit lies (§8) ────────────────────────────────────────────────────────────────────

// Ids are kept as strings of 16 characters, one for each byte. A place is a number: segment · 2^24 + unit.
// Most units have one place; those with several have an array of them, the one with the fewest deltas first.
// There are 256 maps, because a map holds no more than 2^24 entries.
const PLACES = 2 ** 24
const emptyIndex = () => ({ shelves: Array.from({ length: 256 }, () => new Map()), segments: [] })
const idFromHex = (hex) => Buffer.from(hex, 'hex').toString('latin1')
const idText = (id) => Buffer.from(id, 'latin1').toString('hex')
const idAt = (ids, number) => ids.toString('latin1', 16 * number, 16 * number + 16)
const NO_ID = '\0'.repeat(16)

/**
 * Reads the table of contents of each pack that a commit names, be it in the commit or in the pack. The other
 * packs are kept in `unnamed`.
 */
function loadTables(repository) {
  const { folder, commits, missing } = repository
  const present = new Map(folder.objects.get('packs').map((object) => [object.hash, object]))
  const named = new Map(commits.flatMap(({ packs }) => packs).map((pack) => [pack.hash, pack]))
  for (const { hash, size, start, toc } of named.values()) {
    const object = present.get(hash)
    if (object === undefined) missing.push(`packs/${hash.slice(0, 2)}/${hash}`)
    else {
      attempt(repository, object.name, () => loadTable(repository, object, toc && { payload: toc, start }))
      const why = `has ${object.size} bytes instead of ${size}`
      attempt(repository, object.name, () => check(object.size === size, why))
    }
  }
  repository.unnamed = [...present.values()].filter(({ hash }) => !named.has(hash))
}

/**
 * Packs that no readable commit names tell what they hold, too (§15). Their tables are read when something
 * has not been found elsewhere. Gives whether there were any that had not been read.
 */
function lookIntoUnnamed(repository) {
  const { unnamed } = repository
  repository.unnamed = []
  for (const object of unnamed) attempt(repository, object.name, () => loadTable(repository, object))
  return unnamed.length > 0
}

function loadTable(repository, object, known) {
  const pack = { object, header: undefined, read: (start, length) => readRange(object, start, length) }
  const readTable = () => openTail(packHeader(repository, pack), ROLE.table, object.size, pack.read)
  const { payload, start } = known ?? readTable()
  for (const segment of parseTable(payload, pack, start)) addSegment(repository.index, segment)
}

const packHeader = (repository, pack) => (pack.header ??= openHeader(repository, KIND.pack, pack.read))

function parseTable(bytes, pack, end) {
  let at = 0
  const take = (length) => {
    check(length <= bytes.length - at, 'has a table of contents that is cut short')
    at += length
    return bytes.subarray(at - length, at)
  }
  const head = take(8)
  check(head[0] === 1, `table of contents version ${head[0]} is unknown to this program`)
  check(head.readUIntLE(1, 3) === 0, 'has a table of contents with bytes that should be zero')
  const segments = []
  for (let left = head.readUInt32LE(4); left > 0; left--) segments.push(parseEntry(take, pack, end))
  check(at === bytes.length, 'has a table of contents with bytes after its end')
  segments.sort((a, b) => a.offset - b.offset)
  segments.reduce((free, { offset, descriptor }) => {
    check(offset >= free, `has a table of contents in which segment ${descriptor.ordinal} overlaps another`)
    return offset + descriptor.storedLength
  }, HEADER)
  const ordinals = new Set(segments.map(({ descriptor }) => descriptor.ordinal))
  check(ordinals.size === segments.length, 'has a table of contents with an ordinal that occurs twice')
  return segments
}

function parseEntry(take, pack, end) {
  const descriptor = parseDescriptor(take(16))
  const { ordinal, role, flags, plainLength, storedLength } = descriptor
  const offset = take(4).readUInt32LE(0)
  const units = take(4).readUInt32LE(0)
  return within(`segment ${ordinal}`, () => {
    check(role === ROLE.data || role === ROLE.list, `has role ${role}, which is not for data`)
    check(ordinal !== TAIL_ORDINAL && !(flags & FLAG.padded), 'looks like a tail')
    check(plainLength >= 1 && plainLength <= MAX_PLAIN, `would have ${plainLength} bytes`)
    check(offset >= HEADER && offset + storedLength <= end, 'lies outside the pack')
    check(units >= 1 && units <= plainLength, `would have ${units} units in ${plainLength} bytes`)
    const uniform = flags & FLAG.uniform
    const lengths = take(uniform ? 4 : 4 * units)
    const segment = {
      pack, descriptor, role, offset, units, fault: undefined,
      length: (unit) => lengths.readUInt32LE(uniform ? 0 : 4 * unit),
      ids: take(16 * units),
      bases: flags & FLAG.deltas ? take(16 * units) : undefined,
      chains: flags & FLAG.deltas ? take(units) : undefined,
    }
    let sum = 0
    for (let unit = 0; unit < units; unit++) {
      const [length, chain] = [segment.length(unit), segment.chains?.[unit] ?? 0]
      check(length >= 1 && length <= (chain ? MAX_DELTA : MAX_PLAIN), () => `has a unit of ${length} bytes`)
      check(chain <= MAX_CHAIN, () => `has a chain of ${chain} deltas, and ${MAX_CHAIN} are allowed`)
      const hasBase = segment.bases !== undefined && idAt(segment.bases, unit) !== NO_ID
      check(hasBase === chain > 0, 'has a base and a chain that disagree')
      sum += length
    }
    check(segment.chains || sum === plainLength, 'has units that do not fill it exactly')
    return segment
  })
}

function addSegment(index, segment) {
  const first = PLACES * (index.segments.push(segment) - 1)
  const fewestDeltas = (a, b) => chainAt(index, a) - chainAt(index, b)
  for (let unit = 0; unit < segment.units; unit++) {
    const id = idAt(segment.ids, unit)
    const shelf = index.shelves[id.charCodeAt(0)]
    const known = shelf.get(id)
    if (known === undefined) shelf.set(id, first + unit)
    else shelf.set(id, [known, first + unit].flat().sort(fewestDeltas))
  }
}

const segmentAt = (index, place) => index.segments[Math.floor(place / PLACES)]
const chainAt = (index, place) => segmentAt(index, place).chains?.[place % PLACES] ?? 0

/** All places of a unit, best first. */
function placesOf(repository, id) {
  const places = repository.index.shelves[id.charCodeAt(0)].get(id)
  if (places !== undefined) return Array.isArray(places) ? places : [places]
  check(lookIntoUnnamed(repository), () => `unit ${idText(id)} is in no pack that is here and can be read`)
  return placesOf(repository, id)
}

/** Where the whole unit lies with which the deltas of a unit begin: the order in which units are read. */
function wholePlace({ index }, place, depth = 0) {
  if (chainAt(index, place) === 0 || depth === MAX_CHAIN) return place
  const base = idAt(segmentAt(index, place).bases, place % PLACES)
  const [next] = [index.shelves[base.charCodeAt(0)].get(base)].flat()
  return next === undefined ? place : wholePlace({ index }, next, depth + 1)
}

// ── 7. Units: decode, undo deltas, check (§9 to §11) ───────────────────────────────────────────────────────

/** By number. Each has the name and a decoder that never gives more than `length` bytes. */
const CODECS = [
  ['store', (bytes) => bytes],
  ['gzip', (bytes, length) => unzip(zlib.gunzipSync, bytes, length)],
  ['brotli', (bytes, length) => unzip(zlib.brotliDecompressSync, bytes, length)],
  ['lz4', (bytes, length) => decodeLz4(bytes, length)],
  ['zstd', (bytes, length) =>
    zlib.zstdDecompressSync ? unzip(zlib.zstdDecompressSync, bytes, length) : decodeZstd(bytes, length)],
]

function decode(codec, bytes, length) {
  const [name, decoder] = CODECS[codec]
  const plain = within(name, () => decoder(bytes, length))
  check(plain.length === length, `${name}: gives ${plain.length} bytes instead of ${length}`)
  return plain
}

function unzip(decoder, bytes, length) {
  let result
  try {
    result = decoder(bytes, { maxOutputLength: length, info: true })
  } catch (error) {
    const tooMuch = error.code === 'ERR_BUFFER_TOO_LARGE'
    throw new Damage(tooMuch ? `gives more than ${length} bytes` : error.message)
  }
  if (result.engine === undefined) return result // a Node-like runtime that does not know `info`
  check(result.engine.bytesWritten === bytes.length, 'has bytes after its end')
  return result.buffer
}

/**
 * A segment's plain bytes, and where each unit begins in them. The latest segments stay at hand; one that
 * failed is not tried again.
 */
function readSegment(repository, segment) {
  const { segments } = repository.cache
  if (segment.fault !== undefined) throw new Damage(segment.fault)
  let found = segments.get(segment)
  if (found === undefined) {
    const { pack, descriptor, offset } = segment
    try {
      found = within(pack.object.name, () => {
        const sealed = pack.read(offset, descriptor.storedLength)
        const bytes = openSegment(packHeader(repository, pack), descriptor, sealed)
        const plain = decode(descriptor.codec, bytes, descriptor.plainLength)
        return { plain, starts: within(`segment ${descriptor.ordinal}`, () => findUnits(segment, plain)) }
      })
    } catch (error) {
      if (error instanceof Damage) segment.fault = error.message
      throw error
    }
    repository.cache.bytes += found.plain.length
  }
  segments.delete(segment)
  segments.set(segment, found) // a Map keeps its order: the first is the one not used for longest
  for (const [oldest, { plain }] of segments) {
    if (repository.cache.bytes <= CACHE_BYTES || oldest === segment) break
    segments.delete(oldest)
    repository.cache.bytes -= plain.length
  }
  return found
}

function findUnits(segment, plain) {
  const starts = new Uint32Array(segment.units + 1)
  for (let unit = 0, at = 0; unit < segment.units; starts[++unit] = at) {
    if (segment.chains?.[unit]) at = runDelta(plain, at, segment.length(unit))
    else at += segment.length(unit)
    check(at <= plain.length, 'has units that do not fill it exactly')
  }
  check(starts[segment.units] === plain.length, 'has units that do not fill it exactly')
  return starts
}

/** Follows the delta program at `at` and gives where it ends. With `base` and `output`, carries it out. */
function runDelta(program, at, length, base, output) {
  for (let done = 0; done < length;) {
    check(at + 6 <= program.length, 'has a delta that is cut short')
    const [literals, offset, copied] = [0, 2, 4].map((field) => program.readUInt16LE(at + field))
    at += 6
    const appended = literals + copied
    check(appended >= 1 && appended <= length - done, () => `has a delta with a step of ${appended} bytes`)
    check(literals <= program.length - at && offset + copied <= length, 'has a delta that reaches outside')
    if (output !== undefined) {
      program.copy(output, done, at, at + literals)
      base.copy(output, done + literals, offset, offset + copied)
    }
    at += literals
    done += appended
  }
  return at
}

/** The plain bytes of a unit, from whichever of its copies can be read, compared with its id. */
function readUnit(repository, id, role, depth = 0) {
  let failure
  for (const place of placesOf(repository, id)) {
    try {
      return readPlace(repository, place, role, depth)
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      failure ??= error
    }
  }
  if (lookIntoUnnamed(repository)) return readUnit(repository, id, role, depth)
  throw failure
}

function readPlace(repository, place, role, depth) {
  const segment = segmentAt(repository.index, place)
  const unit = place % PLACES
  const id = idAt(segment.ids, unit)
  check(segment.role === role, () => `unit ${idText(id)} has role ${segment.role} where ${role} is needed`)
  check(depth <= MAX_CHAIN, () => `unit ${idText(id)} is at the end of more than ${MAX_CHAIN} deltas`)
  const { plain, starts } = readSegment(repository, segment)
  let bytes = plain.subarray(starts[unit], starts[unit + 1])
  if (segment.chains?.[unit]) {
    const base = readUnit(repository, idAt(segment.bases, unit), role, depth + 1)
    const output = Buffer.alloc(segment.length(unit))
    check(base.length === output.length, () => `unit ${idText(id)} and its base differ in length`)
    runDelta(bytes, 0, output.length, base, output)
    bytes = output
  }
  const right = unitId(repository, role, bytes) === id
  check(right, () => `${segment.pack.object.name}: unit ${idText(id)} is not what its id says`)
  return bytes
}

function unitId(repository, role, bytes) {
  const head = Buffer.alloc(64)
  head.set(repository.unitKey)
  head[32] = role
  head.writeBigUInt64LE(BigInt(bytes.length), 56)
  return idAt(sha256(head, bytes), 0)
}

// ── 8. Lists (§12) ─────────────────────────────────────────────────────────────────────────────────────────

/** The ids in a list node, and in form 2 the lengths of what they stand for. */
function readNode(repository, id, level, form) {
  const bytes = readUnit(repository, id, ROLE.list)
  return within(`list node ${idText(id)}`, () => {
    check(bytes.length >= 8, 'is too short')
    check(bytes[0] === level, `has level ${bytes[0]} where ${level} is needed`)
    check(bytes[1] === form, `has form ${bytes[1]} where ${form} is needed`)
    check(bytes.readUInt16LE(2) === 0, 'has bytes that should be zero')
    const count = bytes.readUInt32LE(4)
    const width = form === 1 ? 0 : level === 0 ? 4 : 8
    check(count >= 1 && count <= (form === 1 ? 256 : 65_536), `has ${count} entries`)
    check(bytes.length === 8 + count * (16 + width), `has ${bytes.length} bytes, wrong for ${count} entries`)
    const lengths = bytes.subarray(8 + 16 * count)
    return {
      ids: Array.from({ length: count }, (_, at) => idAt(bytes.subarray(8), at)),
      length: (at) => (level === 0 ? lengths.readUInt32LE(4 * at) : Number(lengths.readBigUInt64LE(8 * at))),
    }
  })
}

/**
 * Bytes and units below a node; every length and sum on the way is compared. `known` keeps what was measured,
 * for nodes that snapshots share. `usable(place)` tells whether a copy of a data unit counts.
 */
function measure(repository, id, level, { form, unitLength }, known, usable) {
  const key = `${id} ${level} ${form} ${unitLength}`
  if (known.has(key)) return known.get(key)
  const node = readNode(repository, id, level, form)
  const full = unitLength * 256 ** level
  const total = { bytes: 0, units: 0 }
  for (const [at, entry] of node.ids.entries()) {
    const { bytes, units } = level === 0
      ? { bytes: unitSize(repository, entry, usable), units: 1 }
      : measure(repository, entry, level - 1, { form, unitLength }, known, usable)
    const last = at === node.ids.length - 1
    const right = form === 2 ? bytes === node.length(at) : last ? bytes <= full : bytes === full
    check(right, () => `list node ${idText(id)}: ${bytes} bytes are below entry ${at}, which is not right`)
    total.bytes += bytes
    total.units += units
  }
  known.set(key, total)
  return total
}

function unitSize(repository, id, usable) {
  const place = placesOf(repository, id).find(usable)
  check(place !== undefined, () => `unit ${idText(id)} cannot be read`)
  const segment = segmentAt(repository.index, place)
  check(segment.role === ROLE.data, () => `unit ${idText(id)} has role ${segment.role} where 1 is needed`)
  return segment.length(place % PLACES)
}

const anyPlace = () => true

function measureStream(repository, stream, known = new Map(), usable = anyPlace) {
  const { root, level, size, units } = stream
  const empty = { bytes: 0, units: 0 }
  const total = root === null ? empty : measure(repository, root, level, stream, known, usable)
  check(total.bytes === size && total.units === units,
    `the list has ${total.bytes} bytes in ${total.units} units instead of ${size} in ${units}`)
}

/** The ids of all data units below a node, in order. */
function* unitsBelow(repository, id, level, form) {
  for (const entry of readNode(repository, id, level, form).ids) {
    if (level === 0) yield entry
    else yield* unitsBelow(repository, entry, level - 1, form)
  }
}

// ── 9. Streams become files ────────────────────────────────────────────────────────────────────────────────

/** A path for each stream. */
function chooseTargets(streams, to) {
  const asFile = streams.length === 1 && !/[\\/]$/.test(to) && !isFolder(to)
  const taken = new Set()
  return streams.map(({ name }) => {
    const wanted = safeName(name)
    let free = wanted
    for (let copy = 2; taken.has(free.toLowerCase()); copy++) free = `${wanted}-${copy}`
    taken.add(free.toLowerCase())
    const target = asFile ? to : path.join(to, free)
    refuseExisting(target)
    return target
  })
}

function refuseExisting(target) {
  let why = 'exists, and nothing is ever overwritten'
  try {
    if (fs.lstatSync(target, { throwIfNoEntry: false }) === undefined) return
  } catch (error) {
    why = `cannot be written (${error.code})`
  }
  throw new Stop(`${target} ${why}. Choose another place with --to.`)
}

/** A stream's name as a file name that every system takes and that cannot lead out of its folder. */
function safeName(name) {
  const plain = shown(name.normalize('NFC')).replace(/[<>:"/\\|?*]/g, '_')
  const cut = Array.from(plain).slice(0, 60).join('').replace(/^[. ]+|[. ]+$/g, '_')
  return /^$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(cut) ? `_${cut}` : cut
}

/** Checks the whole list, writes a file beside the target, and gives it its name once it is on the disk. */
function writeStream(repository, stream, target) {
  measureStream(repository, stream)
  const folder = path.dirname(path.resolve(target))
  const unfinished = `${target}.${process.pid}.unfinished`
  try {
    fs.mkdirSync(folder, { recursive: true })
    warnIfFull(folder, stream.size)
    toDisk(unfinished, 'wx', (file) => {
      fs.ftruncateSync(file, stream.size)
      fillFile(repository, stream, file)
    })
    refuseExisting(target)
    fs.renameSync(unfinished, target)
  } catch (error) {
    fs.rmSync(unfinished, { force: true })
    if (error.code) error.message = `${target} could not be written: ${error.message}`
    throw error
  }
  try {
    toDisk(folder, 'r', () => {})
  } catch {
    // Some systems do not open folders; the file itself is on the disk.
  }
}

function toDisk(name, flags, fill) {
  const file = fs.openSync(name, flags)
  try {
    fill(file)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

function fillFile(repository, stream, file) {
  const meter = startMeter(shown(stream.name), stream.size)
  for (const { units } of windowsOf(repository, stream)) {
    let last, bytes
    for (const { id, start } of units) {
      if (id !== last) bytes = readUnit(repository, id, ROLE.data)
      last = id
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(file, bytes, done, bytes.length - done, start + done)
      }
      meter.add(bytes.length)
    }
  }
  meter.end()
}

/**
 * A stream in pieces that follow one another, and which units they consist of, in the order of segments, so
 * that each of these is decoded once for a piece.
 */
function* windowsOf(repository, { root, level, form }, mostBytes = Infinity) {
  const inOrder = (units) => units.sort((a, b) => a.place - b.place)
  let units = []
  let start = 0
  let end = 0
  for (const id of root === null ? [] : unitsBelow(repository, root, level, form)) {
    units.push({ id, place: wholePlace(repository, placesOf(repository, id)[0]), start: end })
    end += unitSize(repository, id, anyPlace)
    if (units.length < WINDOW_UNITS && end - start < mostBytes) continue
    yield { units: inOrder(units), start, end }
    start = end
    units = []
  }
  if (units.length > 0) yield { units: inOrder(units), start, end }
}

function warnIfFull(folder, size) {
  let room = Infinity
  try {
    const { bavail, bsize } = fs.statfsSync(folder)
    room = bavail * bsize
  } catch {
    // Not every system can tell.
  }
  if (room < size) warn(`${folder} has room for ${bytesText(room)}, and ${bytesText(size)} are needed`)
}

// ── 10. Verify ─────────────────────────────────────────────────────────────────────────────────────────────

/** Checks everything: objects against their names, units against their ids, lists down to their last unit. */
function verify(repository) {
  const { folder, commits, snapshots } = repository
  loadTables(repository)
  const unnamed = repository.unnamed.length
  lookIntoUnnamed(repository)
  checkObjects(repository)
  const bad = checkUnits(repository)
  const known = new Map()
  const whole = snapshots.filter(({ id, time, streams }) =>
    attempt(repository, `snapshot ${id.slice(0, 12)} of ${time} cannot be restored`, () => {
      for (const stream of streams) {
        within(`stream "${shown(stream.name)}"`, () =>
          measureStream(repository, stream, known, (place) => !bad.has(place)))
      }
      return true
    }))
  for (const name of folder.strays) say(`Note: ${name} has no name of this format and was left out.`)
  if (unnamed > 0) say(`Note: ${unnamed} packs are named by no commit that can be read.`)
  tellGaps(commits)
  say(`${whole.length} of ${snapshots.length} snapshots in ${folder.root} can be restored`)
  return closing(repository)
}

function checkObjects(repository) {
  const { folder, format } = repository
  const objects = [...folder.objects.values()].flat()
  const meter = startMeter('objects', objects.reduce((sum, { size }) => sum + size, 0))
  for (const object of objects) {
    attempt(repository, object.name, () => readWhole(object))
    meter.add(object.size)
  }
  meter.end()
  for (const [name, hash] of Object.entries(format.restore ?? {})) {
    const file = path.join(folder.root, 'restore', '1', safeName(name))
    attempt(repository, `restore/1/${shown(name)}`, () => {
      check(fs.existsSync(file), 'is missing')
      check(sha256(fs.readFileSync(file)).toString('hex') === hash, 'is not what the format object says')
    })
  }
}

/** Reads each copy of each unit; gives the places of those that cannot be used. */
function checkUnits(repository) {
  const { segments } = repository.index
  const total = segments.reduce((sum, { descriptor }) => sum + descriptor.plainLength, 0)
  const meter = startMeter('contents', total)
  const bad = new Set()
  const deltas = []
  const checkPlace = ({ pack, role }, place) => {
    const bytes = attempt(repository, pack.object.name, () => readPlace(repository, place, role, 0))
    if (bytes === undefined) bad.add(place)
  }
  for (const [number, segment] of segments.entries()) {
    for (let place = number * PLACES; place < number * PLACES + segment.units; place++) {
      if (chainAt(repository.index, place) === 0) checkPlace(segment, place)
      else deltas.push({ whole: wholePlace(repository, place), place })
    }
    meter.add(segment.descriptor.plainLength)
  }
  meter.end()
  deltas.sort((a, b) => a.whole - b.whole)
  for (const { place } of deltas) checkPlace(segmentAt(repository.index, place), place)
  return bad
}

/** Each writer counts its commits; numbers that are absent were cleaned up on purpose, or taken away. */
function tellGaps(commits) {
  const latest = new Map()
  const inOrder = [...commits].sort((a, b) => a.sequence - b.sequence)
  for (const { writer, sequence, previous, id, time } of inOrder) {
    const before = latest.get(writer) ?? { sequence: 0, id: null }
    const gap = sequence - before.sequence - 1
    if (gap > 0) say(`Note: before the commit of ${time}, ${gap} of writer ${shown(writer)} are not here.`)
    const follows = gap > 0 || (gap === 0 && previous === before.id)
    if (!follows) say(`Note: the commit of ${time} does not follow the one before it.`)
    latest.set(writer, { sequence, id })
  }
}

// ── 11. Terminal ───────────────────────────────────────────────────────────────────────────────────────────

function parseArguments(argv) {
  const words = []
  const options = {}
  const refuse = (why) => {
    throw new Stop(`${why}\n\n${USAGE}`)
  }
  for (let at = 0; at < argv.length; at++) {
    const [, option, value] = /^--(to|passphrase-file)(?:=(.*))?$/s.exec(argv[at]) ?? []
    if (/^(-h|--help)$/.test(argv[at])) return { command: 'help' }
    if (option !== undefined) options[option] = (value ?? argv[++at]) || refuse(`--${option} needs a value.`)
    else if (argv[at].startsWith('-')) refuse(`"${argv[at]}" is no option of this program.`)
    else words.push(argv[at])
  }
  if (words.length === 0 || words[0] === 'help') return { command: 'help' }
  const [repository, command, snapshot = 'latest'] = words
  if (!['list', 'restore', 'verify'].includes(command)) refuse(`"${command ?? ''}" is no command.`)
  if (words.length > (command === 'restore' ? 3 : 2)) refuse('There are words too many.')
  if (command === 'restore' && !options.to) refuse('Say where to with --to.')
  return { command, repository, snapshot, to: options.to, passphraseFile: options['passphrase-file'] }
}

/** What is typed or lies in a file may be any of the three secrets; the environment tells them apart. */
async function findSecrets({ passphraseFile }) {
  const { BACKUP_PASSPHRASE, BACKUP_RECOVERY_CODE, BACKUP_KEY } = process.env
  if (passphraseFile !== undefined) return secretsFrom(readSecret(passphraseFile))
  if (BACKUP_PASSPHRASE || BACKUP_RECOVERY_CODE || BACKUP_KEY) {
    const { code } = BACKUP_RECOVERY_CODE ? secretsFrom(BACKUP_RECOVERY_CODE) : {}
    const { key } = BACKUP_KEY ? secretsFrom(BACKUP_KEY) : {}
    if (BACKUP_RECOVERY_CODE && !code) throw new Stop('the recovery code has a typing mistake.')
    if (BACKUP_KEY && !key) throw new Stop('the key does not have 64 hexadecimal digits.')
    return { passphrase: BACKUP_PASSPHRASE || undefined, code, key }
  }
  if (process.stdin.isTTY) return secretsFrom(await ask('Passphrase, recovery code or key: '))
  throw new Stop('there is no terminal to ask for the secret. Use --passphrase-file, or put it into the ' +
    'environment as BACKUP_PASSPHRASE, BACKUP_RECOVERY_CODE or BACKUP_KEY.')
}

function secretsFrom(text) {
  if (text === '') throw new Stop('the secret is empty.')
  const compact = text.replace(/[\s-]/g, '')
  const key = /^[0-9a-f]{64}$/i.test(compact) ? Buffer.from(compact, 'hex') : undefined
  try {
    return { passphrase: text, key, code: parseRecoveryCode(text) }
  } catch (error) {
    const looksLikeCode = Math.abs(text.replace(GAPS, '').length - 36) < 3
    return { passphrase: text, key, typo: looksLikeCode ? error.message : undefined }
  }
}

function readSecret(file) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fs.readFileSync(file)).replace(/\r?\n$/, '')
  } catch (error) {
    throw new Stop(`${file} cannot be read as text (${error.code}). Name another file with the secret in it.`)
  }
}

/** Asks on the terminal, without showing what is typed. */
function ask(question) {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true).setEncoding('utf8').resume()
  return new Promise((resolve, reject) => {
    const typed = []
    const finish = (settle, value) => {
      stdin.removeAllListeners('data').setRawMode(false).pause()
      stderr.write('\n')
      settle(value)
    }
    stdin.on('data', (text) => {
      for (const character of text) {
        if (character === '\b' || character === '\x7f') typed.pop()
        else if (character === '\x03') return finish(reject, new Stop('stopped.'))
        else if ('\r\n\x04'.includes(character)) return finish(resolve, typed.join(''))
        else typed.push(character)
      }
      return undefined
    })
  })
}

const CLEAR_LINE = process.stderr.isTTY ? '\r\x1b[K' : ''
const say = (text) => process.stdout.write(`${text}\n`)
const warn = (text) => process.stderr.write(`${CLEAR_LINE}! ${text}\n`)

/** A value from a repository as text, without characters that move the cursor or turn the writing round. */
const shown = (value) => String(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '_')

function bytesText(bytes) {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${' KMGT'[power]}iB`
}

/** How far it is: one line that is rewritten on a terminal, a line for each tenth elsewhere. */
function startMeter(label, total) {
  const { stderr } = process
  let done = 0
  let shownAt = 0
  return {
    add(bytes) {
      done += bytes
      const now = stderr.isTTY ? Math.floor(Date.now() / 100) : Math.floor((10 * done) / total)
      if (now === shownAt) return
      shownAt = now
      const percent = Math.floor((100 * done) / total)
      const text = `${label}: ${percent} %, ${bytesText(done)} of ${bytesText(total)}`
      stderr.write(stderr.isTTY ? `${CLEAR_LINE}${text}` : `${text}\n`)
    },
    end: () => stderr.write(CLEAR_LINE),
  }
}

// ── A. Primitives: what Node may lack ──────────────────────────────────────────────────────────────────────

// ── A.1 BLAKE2b (RFC 7693) without a key, for Argon2. It hashes a few kilobytes, so BigInt is fast enough.

const MASK_64 = (1n << 64n) - 1n
// The first 64 bits of the fractional parts of the square roots of the first eight primes, as in SHA-512.
const BLAKE2B_IV = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
]
const BLAKE2B_ORDER = [
  '0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8', '905724afe1bc683d',
  '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a', '6fe9b308c2d714a5', 'a2847615fb9e3cd0',
].map((order) => [...order].map((digit) => parseInt(digit, 16)))
// Which four of the sixteen words each of the eight steps of a round mixes: the columns, then the diagonals.
const MIXED_WORDS = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
]

function blake2b(input, length) {
  const state = [...BLAKE2B_IV]
  state[0] ^= 0x01010000n ^ BigInt(length)
  const turn = (word, bits) => ((word >> bits) | (word << (64n - bits))) & MASK_64
  const blocks = Math.max(1, Math.ceil(input.length / 128))
  const padded = Buffer.alloc(128 * blocks)
  padded.set(input)
  for (let block = 0; block < blocks; block++) {
    const last = block === blocks - 1
    const v = [...state, ...BLAKE2B_IV]
    v[12] ^= BigInt(last ? input.length : 128 * (block + 1))
    if (last) v[14] ^= MASK_64
    const words = Array.from({ length: 16 }, (_, word) => padded.readBigUInt64LE(128 * block + 8 * word))
    for (let round = 0; round < 12; round++) {
      const order = BLAKE2B_ORDER[round % 10]
      MIXED_WORDS.forEach(([a, b, c, d], step) => {
        v[a] = (v[a] + v[b] + words[order[2 * step]]) & MASK_64
        v[d] = turn(v[d] ^ v[a], 32n)
        v[c] = (v[c] + v[d]) & MASK_64
        v[b] = turn(v[b] ^ v[c], 24n)
        v[a] = (v[a] + v[b] + words[order[2 * step + 1]]) & MASK_64
        v[d] = turn(v[d] ^ v[a], 16n)
        v[c] = (v[c] + v[d]) & MASK_64
        v[b] = turn(v[b] ^ v[c], 63n)
      })
    }
    for (let word = 0; word < 8; word++) state[word] ^= v[word] ^ v[word + 8]
  }
  const output = Buffer.alloc(64)
  state.forEach((word, at) => output.writeBigUInt64LE(word, 8 * at))
  return output.subarray(0, length)
}

// ── A.2 Argon2id (RFC 9106), version 0x13

/** Node's own where it has one, else ours: 64 MiB and three passes take it two seconds or so. */
function argon2idFast({ password, salt, lanes, memoryKiB, passes }) {
  const cost = { parallelism: lanes, memory: memoryKiB, passes, tagLength: 32 }
  try {
    return Buffer.from(crypto.argon2Sync('argon2id', { message: password, nonce: salt, ...cost }))
  } catch {
    return argon2id({ password, salt, lanes, memoryKiB, passes, length: 32 })
  }
}

const NOTHING = Buffer.alloc(0)
const BLOCK_WORDS = 256 // a block has 1 KiB: 128 words of 64 bits, each kept as two of 32, the lower first

function argon2id({ password, salt, lanes, memoryKiB, passes, length, secret = NOTHING, extra = NOTHING }) {
  const segment = Math.floor(memoryKiB / (4 * lanes)) // blocks of a lane that are filled in one slice
  const columns = 4 * segment
  const seed = blake2b(Buffer.concat([
    ...[lanes, length, memoryKiB, passes, 0x13, 2].map(littleEndian),
    ...[password, salt, secret, extra].flatMap((part) => [littleEndian(part.length), part]),
  ]), 64)
  const memory = newBlocks(columns * lanes)
  const block = (lane, column) => (lane * columns + column) * BLOCK_WORDS
  const shape = { memory, block, lanes, passes, segment, columns }
  for (let lane = 0; lane < lanes; lane++) {
    for (const column of [0, 1]) {
      const first = longHash(Buffer.concat([seed, littleEndian(column), littleEndian(lane)]), 1024)
      memory.set(words32(first), block(lane, column))
    }
  }
  for (let pass = 0; pass < passes; pass++) {
    for (let slice = 0; slice < 4; slice++) {
      for (let lane = 0; lane < lanes; lane++) fillSegment(shape, pass, slice, lane)
    }
  }
  const sum = new Uint32Array(BLOCK_WORDS)
  for (let lane = 0; lane < lanes; lane++) {
    const last = block(lane, columns - 1)
    for (let word = 0; word < BLOCK_WORDS; word++) sum[word] ^= memory[last + word]
  }
  return longHash(Buffer.concat([...sum].map(littleEndian)), length)
}

/** Fills a quarter of a lane: each block comes from the one before it and a chosen one of the finished. */
function fillSegment({ memory, block, lanes, passes, segment, columns }, pass, slice, lane) {
  const independent = pass === 0 && slice < 2 // for half a pass, the choice tells nothing of the password
  const counters = new Uint32Array(BLOCK_WORDS)
  const addresses = new Uint32Array(BLOCK_WORDS)
  const zero = new Uint32Array(BLOCK_WORDS)
  const inputs = [pass, lane, slice, columns * lanes, passes, 2]
  inputs.forEach((value, at) => (counters[2 * at] = value))
  const start = pass === 0 && slice === 0 ? 2 : 0
  for (let at = start; at < segment; at++) {
    const column = slice * segment + at
    const before = block(lane, (column + columns - 1) % columns)
    if (independent && (at % 128 === 0 || at === start)) {
      counters[12]++
      compress(zero, 0, counters, 0, addresses, 0, false)
      compress(zero, 0, addresses, 0, addresses, 0, false)
    }
    const source = independent ? addresses : memory
    const choice = independent ? 2 * (at % 128) : before
    const otherLane = pass === 0 && slice === 0 ? lane : source[choice + 1] % lanes
    // How many finished blocks there are to choose from, and where the oldest of them is.
    const finished = pass === 0 ? slice * segment : columns - segment
    const count = finished + (otherLane === lane ? at - 1 : at === 0 ? -1 : 0)
    const oldest = pass === 0 ? 0 : ((slice + 1) % 4) * segment
    const random = BigInt(source[choice])
    const back = Number((BigInt(count) * ((random * random) >> 32n)) >> 32n)
    const reference = block(otherLane, (oldest + count - 1 - back) % columns)
    compress(memory, before, memory, reference, memory, block(lane, column), pass > 0)
  }
}

const mixed = new Uint32Array(BLOCK_WORDS)

/** Argon2's compression function G of two blocks, into a third one, over or added to what is there. */
function compress(x, xAt, y, yAt, output, outAt, add) {
  for (let word = 0; word < BLOCK_WORDS; word++) mixed[word] = x[xAt + word] ^ y[yAt + word]
  for (let row = 0; row < 8; row++) permute(mixed, 32 * row, 4)
  for (let column = 0; column < 8; column++) permute(mixed, 4 * column, 32)
  for (let word = 0; word < BLOCK_WORDS; word++) {
    const value = mixed[word] ^ x[xAt + word] ^ y[yAt + word]
    output[outAt + word] = add ? output[outAt + word] ^ value : value
  }
}

/** BLAKE2b's round over sixteen 64-bit words, which come in pairs that lie `pair` places apart. */
function permute(v, first, pair) {
  const at = (word) => first + (word >> 1) * pair + (word & 1) * 2
  for (let i = 0; i < 4; i++) blaMka(v, at(i), at(4 + i), at(8 + i), at(12 + i))
  for (let i = 0; i < 4; i++) blaMka(v, at(i), at(4 + (i + 1) % 4), at(8 + (i + 2) % 4), at(12 + (i + 3) % 4))
}

/** One step of the round, where "a + b" is a + b + 2 · (lower half of a) · (lower half of b), on 64 bits. */
function blaMka(v, a, b, c, d) {
  addProduct(v, a, b)
  let low = v[d] ^ v[a]
  let high = v[d + 1] ^ v[a + 1]
  v[d] = high // turned by 32 bits: the halves change places
  v[d + 1] = low
  addProduct(v, c, d)
  low = v[b] ^ v[c]
  high = v[b + 1] ^ v[c + 1]
  v[b] = (low >>> 24) | (high << 8)
  v[b + 1] = (high >>> 24) | (low << 8)
  addProduct(v, a, b)
  low = v[d] ^ v[a]
  high = v[d + 1] ^ v[a + 1]
  v[d] = (low >>> 16) | (high << 16)
  v[d + 1] = (high >>> 16) | (low << 16)
  addProduct(v, c, d)
  low = v[b] ^ v[c]
  high = v[b + 1] ^ v[c + 1]
  v[b] = (high >>> 31) | (low << 1)
  v[b + 1] = (low >>> 31) | (high << 1)
}

function addProduct(v, a, b) {
  const x = v[a]
  const y = v[b]
  const xLow = x & 0xffff
  const xHigh = x >>> 16
  const yLow = y & 0xffff
  const yHigh = y >>> 16
  const middle = Math.imul(xHigh, yLow) + (Math.imul(xLow, yLow) >>> 16)
  const rest = Math.imul(xLow, yHigh) + (middle & 0xffff)
  const high = Math.imul(xHigh, yHigh) + (middle >>> 16) + (rest >>> 16)
  const low = Math.imul(x, y)
  const sum = x + y + ((low << 1) >>> 0)
  v[a] = sum
  v[a + 1] = v[a + 1] + v[b + 1] + ((high << 1) | (low >>> 31)) + Math.floor(sum / 2 ** 32)
}

/** The hash of variable length (RFC 9106, 3.3). */
function longHash(input, length) {
  const whole = Buffer.concat([littleEndian(length), input])
  if (length <= 64) return blake2b(whole, length)
  const parts = [blake2b(whole, 64)]
  let left = length - 32
  for (; left > 64; left -= 32) parts.push(blake2b(parts[parts.length - 1], 64))
  const last = blake2b(parts[parts.length - 1], left)
  return Buffer.concat([...parts.map((part) => part.subarray(0, 32)), last])
}

function littleEndian(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function newBlocks(count) {
  try {
    return new Uint32Array(count * BLOCK_WORDS)
  } catch {
    throw new Damage(`Argon2id takes ${bytesText(count * 1024)} of memory here. Use a machine with more.`)
  }
}

// ── A.3 XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, RFC 8439)

function openXChaCha20Poly1305(key, nonce, associated, sealed) {
  const subkey = hchacha20(key, nonce.subarray(0, 16))
  const shortNonce = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)])
  const native = crypto.getCiphers().includes('chacha20-poly1305')
  if (native) return openCipher('chacha20-poly1305', subkey, shortNonce, associated, sealed)
  return openChaCha20Poly1305(subkey, shortNonce, associated, sealed)
}

const words32 = (bytes) => Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at))
const chachaStart = (key, input) => words32(Buffer.concat([Buffer.from('expand 32-byte k'), key, input]))

/** Twenty rounds over constants, key, and 16 bytes of counter and nonce. */
function chachaRounds(key, input) {
  const v = Uint32Array.from(chachaStart(key, input))
  const turn = (word, bits) => (word << bits) | (word >>> (32 - bits))
  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of MIXED_WORDS) {
      v[a] += v[b]
      v[d] = turn(v[d] ^ v[a], 16)
      v[c] += v[d]
      v[b] = turn(v[b] ^ v[c], 12)
      v[a] += v[b]
      v[d] = turn(v[d] ^ v[a], 8)
      v[c] += v[d]
      v[b] = turn(v[b] ^ v[c], 7)
    }
  }
  return [...v]
}

function hchacha20(key, nonce) {
  const words = chachaRounds(key, nonce)
  return Buffer.concat([...words.slice(0, 4), ...words.slice(12)].map(littleEndian))
}

/** For a Node without this cipher. Slow, but short enough to be read. */
function openChaCha20Poly1305(key, nonce, associated, sealed) {
  if (sealed.length < TAG) return undefined
  const keystream = (counter) => {
    const input = Buffer.concat([littleEndian(counter), nonce])
    const start = chachaStart(key, input)
    return Buffer.concat(chachaRounds(key, input).map((word, at) => littleEndian((word + start[at]) >>> 0)))
  }
  const text = sealed.subarray(0, sealed.length - TAG)
  const padded = (part) => [part, Buffer.alloc((16 - (part.length % 16)) % 16)]
  const lengths = [associated, text].flatMap((part) => [littleEndian(part.length), Buffer.alloc(4)])
  const whole = Buffer.concat([...padded(associated), ...padded(text), ...lengths])
  if (!poly1305(keystream(0), whole).equals(sealed.subarray(text.length))) return undefined
  const plain = Buffer.from(text)
  for (let at = 0; at < plain.length; at += 64) {
    const stream = keystream(1 + at / 64)
    for (let byte = 0; byte < 64 && at + byte < plain.length; byte++) plain[at + byte] ^= stream[byte]
  }
  return plain
}

function poly1305(key, message) {
  const number = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const prime = (1n << 130n) - 5n
  const r = number(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  let sum = 0n
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16)
    sum = ((sum + number(block) + (1n << BigInt(8 * block.length))) * r) % prime
  }
  const tag = (sum + number(key.subarray(16, 32))) & ((1n << 128n) - 1n)
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse()
}

// ── A.4 LZ4, the block format

function decodeLz4(input, length) {
  const output = Buffer.alloc(length)
  let at = 0
  let filled = 0
  const longLength = (start) => {
    let sum = start
    for (let byte = start === 15 ? 255 : 0; byte === 255; sum += byte) {
      check(at < input.length, 'is cut short')
      byte = input[at++]
    }
    return sum
  }
  for (;;) {
    check(at < input.length, 'is cut short')
    const token = input[at++]
    const literals = longLength(token >> 4)
    check(literals <= input.length - at, 'is cut short')
    check(literals <= length - filled, () => `gives more than ${length} bytes`)
    output.set(input.subarray(at, at + literals), filled)
    at += literals
    filled += literals
    if (at === input.length) {
      check(filled === length, `gives ${filled} bytes instead of ${length}`)
      return output
    }
    check(at + 2 <= input.length, 'is cut short')
    const offset = input[at] | (input[at + 1] << 8)
    at += 2
    const match = longLength(token & 15) + 4
    check(match <= length - filled, () => `gives more than ${length} bytes`)
    filled = copyMatch(output, filled, offset, match)
  }
}

/** Repeats `length` bytes from `offset` bytes ago; the two may overlap, which repeats a pattern. */
function copyMatch(output, filled, offset, length) {
  check(offset >= 1 && offset <= filled, 'refers to bytes before its beginning')
  if (length > 40 && offset >= length) {
    output.copyWithin(filled, filled - offset, filled - offset + length)
    return filled + length
  }
  const end = filled + length
  for (let at = filled; at < end; at++) output[at] = output[at - offset]
  return end
}

// ── A.5 Zstandard (RFC 8878): one frame, no dictionary

const ZSTD_BLOCK = 128 * 1024 // the most that a block decodes to
const ONES = (count) => Array(count).fill(1)
const TWOS = (count) => Array(count).fill(2)

/** Codes stand for ranges of lengths, each as wide as its extra bits allow, one after the other. */
function lengthCodes(first, extra, rest) {
  let next = first
  const base = extra.map((bits) => (next += 2 ** bits) - 2 ** bits)
  return { symbols: extra.length, maxLog: 9, log: 6, base, extra, ...rest }
}

/** The three kinds of codes in a sequence, with the distribution that is used when none is given. */
const LITERAL_LENGTHS = lengthCodes(
  0,
  [...Array(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  { predefined: [4, 3, ...TWOS(11), ...ONES(3), ...TWOS(9), 3, 2, ...ONES(5), -1, -1, -1, -1] },
)
const MATCH_LENGTHS = lengthCodes(
  3,
  [...Array(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  { predefined: [1, 4, 3, ...TWOS(6), ...ONES(37), ...Array(7).fill(-1)] },
)
const OFFSETS = {
  symbols: 32, maxLog: 8, log: 5, predefined: [...ONES(6), ...TWOS(3), ...ONES(15), ...Array(5).fill(-1)],
}

function decodeZstd(input, length) {
  // Bits are read four bytes at a time, which may reach a little beyond the end.
  const source = Buffer.concat([input, Buffer.alloc(8)])
  const frame = {
    source, output: Buffer.alloc(length), filled: 0, literals: new Uint8Array(ZSTD_BLOCK),
    huffman: undefined, tables: [undefined, undefined, undefined], repeats: [1, 4, 8],
  }
  let at = zstdHeader(source, input.length, length)
  const checksum = source[4] & 4 ? 4 : 0
  for (let last = false; !last;) {
    check(at + 3 <= input.length, 'is cut short')
    const header = source.readUIntLE(at, 3)
    const size = header >> 3
    const kind = (header >> 1) & 3
    last = (header & 1) === 1
    at += 3
    check(kind < 3, `block kind ${kind} is unknown`)
    check(size <= ZSTD_BLOCK, 'has a block that is too large')
    check(at + (kind === 1 ? 1 : size) <= input.length, 'is cut short')
    if (kind === 2) zstdBlock(frame, at, at + size)
    else {
      check(size <= length - frame.filled, `gives more than ${length} bytes`)
      if (kind === 0) source.copy(frame.output, frame.filled, at, at + size)
      else frame.output.fill(source[at], frame.filled, frame.filled + size)
      frame.filled += size
    }
    at += kind === 1 ? 1 : size
  }
  check(at + checksum <= input.length, 'is cut short')
  check(at + checksum === input.length, 'has bytes after its end')
  check(frame.filled === length, `gives ${frame.filled} bytes instead of ${length}`)
  check(!checksum || source.readUInt32LE(at) === xxh64(frame.output), 'has another checksum')
  return frame.output
}

/** Checks the header of the frame and gives the place of the first block. */
function zstdHeader(source, end, length) {
  check(end >= 6 && source.readUInt32LE(0) === 0xfd2fb528, 'does not begin as a frame')
  const descriptor = source[4]
  check((descriptor & 0x08) === 0, 'has an unknown flag')
  const single = (descriptor & 0x20) !== 0 // without the byte for the size of the window
  const window = single ? 0 : 2 ** (10 + (source[5] >> 3)) * (1 + (source[5] & 7) / 8)
  check(window <= MAX_ZSTD_WINDOW, `needs a window of ${window} bytes`)
  const dictionaryAt = single ? 5 : 6
  const sizeAt = dictionaryAt + [0, 1, 2, 4][descriptor & 3]
  const start = sizeAt + [single ? 1 : 0, 2, 4, 8][descriptor >> 6]
  check(start <= end, 'is cut short')
  check(source.subarray(dictionaryAt, sizeAt).every((byte) => byte === 0), 'needs a dictionary')
  const digits = Buffer.from(source.subarray(sizeAt, start)).reverse().toString('hex')
  const size = Number(`0x${digits || '0'}`) + (start - sizeAt === 2 ? 256 : 0)
  check(start === sizeAt || size === length, `is not for ${length} bytes`)
  return start
}

/** A block: literals (bytes as such), then sequences ("so many literals, then so many bytes from before"). */
function zstdBlock(frame, start, end) {
  const { source, output, literals, repeats } = frame
  const [literalCount, afterLiterals] = zstdLiterals(frame, start, end)
  const [count, modesAt] = zstdSequenceCount(source, afterLiterals, end)
  let literalAt = 0
  let filled = frame.filled
  const limit = Math.min(output.length, filled + ZSTD_BLOCK)
  const tooMuch = `gives more than ${output.length} bytes, or than a block may`
  const copyLiterals = (length) => {
    check(length <= literalCount - literalAt, 'uses more literals than it has')
    check(length <= limit - filled, tooMuch)
    if (length > 24) output.set(literals.subarray(literalAt, literalAt + length), filled)
    else for (let at = 0; at < length; at++) output[filled + at] = literals[literalAt + at]
    literalAt += length
    filled += length
  }
  if (count > 0) {
    const bitsAt = zstdTables(frame, modesAt, end)
    const [literalTable, offsetTable, matchTable] = frame.tables
    const bits = backwardBits(source, bitsAt, end)
    let literalState = bits.read(literalTable.log)
    let offsetState = bits.read(offsetTable.log)
    let matchState = bits.read(matchTable.log)
    for (let sequence = 0; sequence < count; sequence++) {
      const offsetCode = offsetTable.symbol[offsetState]
      const matchCode = matchTable.symbol[matchState]
      const literalCode = literalTable.symbol[literalState]
      check(offsetCode <= 25, 'refers to bytes before its beginning') // 64 MiB ago; no output is longer
      const value = (1 << offsetCode) + bits.read(offsetCode)
      const matchLength = MATCH_LENGTHS.base[matchCode] + bits.read(MATCH_LENGTHS.extra[matchCode])
      const literalLength = LITERAL_LENGTHS.base[literalCode] + bits.read(LITERAL_LENGTHS.extra[literalCode])
      const offset = zstdOffset(repeats, value, literalLength)
      copyLiterals(literalLength)
      check(matchLength <= limit - filled, tooMuch)
      filled = copyMatch(output, filled, offset, matchLength)
      if (sequence === count - 1) break
      literalState = literalTable.next[literalState] + bits.read(literalTable.bits[literalState])
      matchState = matchTable.next[matchState] + bits.read(matchTable.bits[matchState])
      offsetState = offsetTable.next[offsetState] + bits.read(offsetTable.bits[offsetState])
    }
    check(bits.left() === 0, 'has sequences that do not end where they should')
  } else check(modesAt === end, 'has bytes left after its literals')
  copyLiterals(literalCount - literalAt)
  frame.filled = filled
}

/**
 * The three latest offsets can be named by 1, 2 and 3. Without literals before the match, these mean the
 * second, the third, and the first less one.
 */
function zstdOffset(repeats, value, literalLength) {
  if (value > 3) {
    repeats.splice(0, 3, value - 3, repeats[0], repeats[1])
    return value - 3
  }
  const which = literalLength === 0 ? value : value - 1
  const offset = which === 3 ? repeats[0] - 1 : repeats[which]
  if (which === 1) repeats.splice(0, 2, offset, repeats[0])
  if (which > 1) repeats.splice(0, 3, offset, repeats[0], repeats[1])
  return offset
}

/** Fills `frame.literals`; gives how many there are and where the sequences begin. */
function zstdLiterals(frame, start, end) {
  const { source, literals } = frame
  check(start < end, 'has an empty block')
  const kind = source[start] & 3
  const form = (source[start] >> 2) & 3
  const headerBytes = kind < 2 ? [1, 2, 1, 3][form] : [3, 3, 4, 5][form]
  check(start + headerBytes <= end, 'is cut short')
  const header = source.readUIntLE(start, headerBytes)
  let at = start + headerBytes
  if (kind < 2) {
    const size = headerBytes === 1 ? header >> 3 : header >> 4
    const stored = kind === 0 ? size : 1
    check(size <= ZSTD_BLOCK && at + stored <= end, 'has literals that cannot be')
    if (kind === 0) literals.set(source.subarray(at, at + size))
    else literals.fill(source[at], 0, size)
    return [size, at + stored]
  }
  const width = 2 ** [10, 10, 14, 18][form]
  const size = Math.floor(header / 16) % width
  const stored = Math.floor(header / 16 / width) % width
  const after = at + stored
  check(size <= ZSTD_BLOCK && after <= end, 'has literals that cannot be')
  if (kind === 2) [frame.huffman, at] = huffmanTree(source, at, after)
  check(frame.huffman !== undefined, 'repeats a Huffman tree that was never given')
  if (form === 0) huffmanStream(frame, at, after, 0, size)
  else {
    check(at + 6 <= after, 'is cut short')
    const quarter = (size + 3) >> 2
    check(3 * quarter <= size, 'has literals that cannot be')
    let from = at + 6
    for (let stream = 0; stream < 4; stream++) {
      const to = stream < 3 ? from + source.readUInt16LE(at + 2 * stream) : after
      check(to <= after, 'is cut short')
      huffmanStream(frame, from, to, stream * quarter, stream < 3 ? quarter : size - 3 * quarter)
      from = to
    }
  }
  return [size, after]
}

/** Reads the weights of a Huffman tree and makes its table; gives the table and the place after it. */
function huffmanTree(source, start, end) {
  check(start < end, 'is cut short')
  const head = source[start]
  let weights
  const at = start + 1
  const after = at + (head < 128 ? head : (head - 126) >> 1)
  check(after <= end, 'is cut short')
  if (head < 128) {
    const [table, bitsAt] = fseTable(source, at, after, 256, 6)
    weights = fseWeights(table, backwardBits(source, bitsAt, after))
  } else {
    const nibbles = source.toString('hex', at, after)
    weights = Array.from(nibbles.slice(0, head - 127), (nibble) => parseInt(nibble, 16))
  }
  check(weights.every((weight) => weight <= 11), 'has a Huffman tree that is too deep')
  const places = (weight) => (1 << weight) >> 1
  const sum = weights.reduce((total, weight) => total + places(weight), 0)
  // The last weight is not stored: it is the one that makes the sum a power of two.
  const log = 32 - Math.clz32(sum)
  const rest = 2 ** log - sum
  check(sum > 0 && log <= 11 && Number.isInteger(Math.log2(rest)), 'has a Huffman tree that does not fit')
  weights.push(Math.log2(rest) + 1)
  const table = new Uint16Array(1 << log) // for the next `log` bits: a symbol, and how many of them it takes
  let filled = 0
  for (let weight = 1; weight <= log; weight++) {
    weights.forEach((own, symbol) => {
      if (own !== weight) return
      table.fill(symbol | ((log + 1 - weight) << 8), filled, filled + places(weight))
      filled += places(weight)
    })
  }
  return [{ table, log }, after]
}

/** Weights are coded with two states in turn, until the bits are used up. */
function fseWeights(table, bits) {
  const weights = []
  let [state, other] = [bits.read(table.log), bits.read(table.log)]
  for (;;) {
    check(weights.length < 254, 'has a Huffman tree with too many symbols')
    weights.push(table.symbol[state])
    if (bits.left() < table.bits[state]) break
    const next = table.next[state] + bits.read(table.bits[state])
    ;[state, other] = [other, next]
  }
  weights.push(table.symbol[other])
  return weights
}

function huffmanStream({ source, literals, huffman }, start, end, first, count) {
  const { table, log } = huffman
  const floor = 8 * start
  const mask = (1 << log) - 1
  let bit = floor + backwardBits(source, start, end).left()
  for (let to = first; to < first + count; to++) {
    const low = bit - log
    let index
    if (low >= floor) {
      const byte = low >>> 3
      index = ((source[byte] | (source[byte + 1] << 8) | (source[byte + 2] << 16)) >>> (low & 7)) & mask
    } else {
      check(bit >= floor, 'has a Huffman stream that is cut short')
      index = (source.readUIntLE(start, 3) & ((1 << (bit - floor)) - 1)) << (floor - low)
    }
    literals[to] = table[index]
    bit -= table[index] >> 8
  }
  check(bit === floor, 'has a Huffman stream that does not end where it should')
}

function zstdSequenceCount(source, at, end) {
  check(at < end, 'is cut short')
  const bytes = source[at] < 128 ? 1 : source[at] < 255 ? 2 : 3
  check(at + bytes <= end, 'is cut short')
  if (bytes === 1) return [source[at], at + 1]
  if (bytes === 2) return [((source[at] - 128) << 8) + source[at + 1], at + 2]
  return [source.readUInt16LE(at + 1) + 0x7f00, at + 3]
}

/** The tables for the three kinds of codes: predefined, a single symbol, new, or as in the block before. */
function zstdTables(frame, start, end) {
  const { source, tables } = frame
  check(start < end, 'is cut short')
  check((source[start] & 3) === 0, 'has unknown sequence modes')
  let at = start + 1
  for (const [which, codes] of [LITERAL_LENGTHS, OFFSETS, MATCH_LENGTHS].entries()) {
    const mode = (source[start] >> (6 - 2 * which)) & 3
    if (mode === 0) tables[which] = spread(codes.predefined, codes.log)
    if (mode === 1) {
      check(at < end && source[at] < codes.symbols, 'has a code that cannot be')
      tables[which] = spread([...Array(source[at++]).fill(0), 1], 0)
    }
    if (mode === 2) [tables[which], at] = fseTable(source, at, end, codes.symbols, codes.maxLog)
    check(tables[which] !== undefined, 'repeats a table that was never given')
  }
  return at
}

/** Reads how the symbols are distributed; gives the table and the place after it. */
function fseTable(source, start, end, symbols, maxLog) {
  check(start < end, 'is cut short')
  const log = (source[start] & 15) + 5
  check(log <= maxLog, 'has a table that is too large')
  let bit = 8 * start + 4
  const peek = (width) => (source.readUIntLE(bit >>> 3, 4) >>> (bit & 7)) & ((1 << width) - 1)
  const counts = []
  let left = 1 << log
  while (left > 0) {
    check(bit <= 8 * end && counts.length < symbols, 'has a table that cannot be')
    // A value from 0 to left + 1. The smaller ones take one bit less.
    const width = 32 - Math.clz32(left + 1)
    const spare = (1 << width) - 2 - left
    let value = peek(width)
    const short = value & ((1 << (width - 1)) - 1)
    if (short < spare) value = short
    else if (value >= 1 << (width - 1)) value -= spare
    bit += short < spare ? width - 1 : width
    const count = value - 1 // -1 stands for "less than one"
    left -= Math.abs(count)
    counts.push(count)
    for (let more = count === 0 ? 3 : 0; more === 3;) {
      check(bit <= 8 * end && counts.length < symbols, 'has a table that cannot be')
      more = peek(2)
      bit += 2
      for (let each = 0; each < more; each++) counts.push(0)
    }
  }
  const after = (bit + 7) >>> 3
  check(after <= end && counts.length <= symbols, 'has a table that cannot be')
  return [spread(counts, log), after]
}

/** Finite State Entropy: gives every symbol as many states as it was counted, spread over the table. */
function spread(counts, log) {
  const size = 1 << log
  const table = { log, symbol: new Uint8Array(size), bits: new Uint8Array(size), next: new Uint16Array(size) }
  let high = size
  counts.forEach((count, symbol) => {
    if (count === -1) table.symbol[--high] = symbol
  })
  let position = 0
  counts.forEach((count, symbol) => {
    for (let each = 0; each < count; each++) {
      table.symbol[position] = symbol
      do position = (position + (size >> 1) + (size >> 3) + 3) & (size - 1)
      while (position >= high)
    }
  })
  const seen = counts.map((count) => Math.abs(count))
  for (let state = 0; state < size; state++) {
    const number = seen[table.symbol[state]]++
    table.bits[state] = log - (31 - Math.clz32(number))
    table.next[state] = (number << table.bits[state]) - size
  }
  return table
}

/** Bits from the end to the beginning. The highest bit that is set in the last byte marks the end. */
function backwardBits(source, start, end) {
  check(start < end && source[end - 1] !== 0, 'has bits without an end')
  const floor = 8 * start
  let bit = 8 * end - 1 - (Math.clz32(source[end - 1]) - 24)
  return {
    left: () => bit - floor,
    read(width) {
      bit -= width
      check(bit >= floor, 'has too few bits')
      const byte = bit >>> 3
      const low = source[byte] | (source[byte + 1] << 8) | (source[byte + 2] << 16)
      return ((low | (source[byte + 3] << 24)) >>> (bit & 7)) & ((1 << width) - 1)
    },
  }
}

const XXH64_PRIMES = [
  0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n,
]

/** XXH64 with seed 0, of which a frame holds the lower half. Frames seldom do, so BigInt is fast enough. */
function xxh64(bytes) {
  const turn = (word, bits) => ((word << bits) | (word >> (64n - bits))) & MASK_64
  const [one, two, three, four, five] = XXH64_PRIMES
  const mix = (lane, word) => (turn((lane + word * two) & MASK_64, 31n) * one) & MASK_64
  let at = 0
  let hash = five
  if (bytes.length >= 32) {
    const lanes = [one + two, two, 0n, -one]
    for (; at + 32 <= bytes.length; at += 32) {
      lanes.forEach((lane, index) => (lanes[index] = mix(lane, bytes.readBigUInt64LE(at + 8 * index))))
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, lane) => sum + turn(lanes[lane], bits), 0n)
    for (const lane of lanes) hash = ((hash ^ mix(0n, lane)) * one + four) & MASK_64
  }
  hash = (hash + BigInt(bytes.length)) & MASK_64
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (turn(hash ^ mix(0n, bytes.readBigUInt64LE(at)), 27n) * one + four) & MASK_64
  }
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (turn(hash ^ ((BigInt(bytes.readUInt32LE(at)) * one) & MASK_64), 23n) * two + three) & MASK_64
  }
  for (; at < bytes.length; at++) {
    hash = (turn(hash ^ ((BigInt(bytes[at]) * five) & MASK_64), 11n) * one) & MASK_64
  }
  hash = ((hash ^ (hash >> 33n)) * two) & MASK_64
  hash = ((hash ^ (hash >> 29n)) * three) & MASK_64
  return Number((hash ^ (hash >> 32n)) & 0xffffffffn)
}

// ── The end: run it, unless a test or the page for browsers (restore.html) has imported it ─────────────────

export {
  Damage, PASSPHRASE_KDFS, ROLE, Stop, argon2id, blake2b, bytesText, decodeLz4, decodeZstd, deriveKey,
  findRepository, hchacha20, hkdf, loadTables, main, measureStream, openAead, openChaCha20Poly1305,
  openXChaCha20Poly1305, parseRecoveryCode, readUnit, safeName, secretsFrom, shown, unlock, windowsOf,
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) {
  process.exitCode = await main(process.argv.slice(2))
}
