import type { Crypto } from '../contract/runtime.ts'
import { type SuiteId, type SuiteName, suiteIds } from '../contract/suite.ts'
import { BackupError } from '../errors.ts'
import { readTime } from './commit.ts'
import { type Fields, readFields } from './fields.ts'
import { base64, hex, unbase64, unhex, utf8 } from './text.ts'

/** All keys of a repository. Only ever stored inside slots: FORMAT.md §5.3. */
export interface KeyRing {
  /** 16 bytes. */
  readonly repository: Uint8Array
  readonly suite: SuiteId
  readonly created: Date
  /** Ascending; the last one seals. Numbers are missing where epochs were erased. */
  readonly epochs: readonly KeyEpoch[]
  /** Epochs whose roots were destroyed, ascending. Absent: none. */
  readonly erased?: readonly ErasedEpoch[]
  /** The key from which unit ids come; it never changes, so that deduplication survives rotation. */
  readonly units: Uint8Array
}

export interface KeyEpoch {
  readonly epoch: number
  /** 32 bytes. */
  readonly root: Uint8Array
  readonly created: Date
}

export interface ErasedEpoch {
  readonly epoch: number
  readonly time: Date
}

const rootLength = 32
const maxEpoch = 0xffffffff
const suiteNames = Object.keys(suiteIds) as SuiteName[]

export function createRing(crypto: Crypto, suite: SuiteId, now: Date): KeyRing {
  const first = { epoch: 1, root: crypto.random(rootLength), created: now }
  return { repository: crypto.random(16), suite, created: now, epochs: [first], units: crypto.random(rootLength) }
}

/** A ring with one more epoch. What was sealed before stays readable. */
export function addEpoch(crypto: Crypto, ring: KeyRing, now: Date): KeyRing {
  const next = { epoch: currentEpoch(ring).epoch + 1, root: crypto.random(rootLength), created: now }
  return { ...ring, epochs: [...ring.epochs, next] }
}

/**
 * A ring without the roots of these epochs: what they seal, nobody can read with it.
 *
 * @throws `config` for the epoch that seals what is stored now.
 */
export function dropEpochs(ring: KeyRing, epochs: readonly number[], now: Date): KeyRing {
  if (epochs.includes(currentEpoch(ring).epoch)) {
    throw new BackupError('config', `Key epoch ${currentEpoch(ring).epoch} seals what is stored now and cannot be erased.`, {
      key: 'epochs',
      hint: 'Rotate the keys first; what is stored from then on survives.',
    })
  }
  const dropped = ring.epochs.filter(({ epoch }) => epochs.includes(epoch))
  const erased = [...(ring.erased ?? []), ...dropped.map(({ epoch }) => ({ epoch, time: now }))]
  return { ...ring, epochs: ring.epochs.filter((each) => !dropped.includes(each)), erased: erased.sort((a, b) => a.epoch - b.epoch) }
}

/** Later rings first: the one that reaches the higher epoch, then the one from which more was erased. */
export function byAge(a: KeyRing, b: KeyRing): number {
  return currentEpoch(b).epoch - currentEpoch(a).epoch || (b.erased?.length ?? 0) - (a.erased?.length ?? 0)
}

export function currentEpoch(ring: KeyRing): KeyEpoch {
  return ring.epochs.at(-1)!
}

/** @throws `key` when the ring does not reach that epoch. */
export function rootOf(ring: KeyRing, epoch: number): Uint8Array {
  const found = ring.epochs.find((candidate) => candidate.epoch === epoch)
  if (found) return found.root
  const erased = ring.erased?.find((candidate) => candidate.epoch === epoch)
  if (erased) {
    throw new BackupError('key', `An object is sealed with key epoch ${epoch}, which was erased on ${erased.time.toISOString().slice(0, 10)}.`, {
      hint: 'Its key was destroyed on purpose; the audit trail tells by whom and why. Nothing can bring it back.',
    })
  }
  throw new BackupError(
    'key',
    `An object is sealed with key epoch ${epoch}; the keys at hand go up to ${currentEpoch(ring).epoch}.`,
    { hint: 'The keys were rotated since this secret was made. Use the current passphrase or recovery code.' },
  )
}

export function encodeRing(ring: KeyRing): Uint8Array {
  const record = {
    type: 'ring',
    version: 1,
    repository: hex(ring.repository),
    suite: suiteNames.find((name) => suiteIds[name] === ring.suite),
    created: ring.created.toISOString(),
    epochs: ring.epochs.map(({ epoch, root, created }) => ({ epoch, root: base64(root), created: created.toISOString() })),
    ...(ring.erased?.length && { erased: ring.erased.map(({ epoch, time }) => ({ epoch, time: time.toISOString() })) }),
    units: base64(ring.units),
  }
  return utf8(JSON.stringify(record))
}

/** @throws `corrupt` when a key has the wrong length or epochs are out of order; `unsupported` for a newer version. */
export function decodeRing(bytes: Uint8Array): KeyRing {
  const fields = readFields(bytes, 'key ring')
  if (fields.text('type') !== 'ring') throw fields.fail('type', '"ring"')
  const version = fields.number('version')
  if (version !== 1) throw new BackupError('unsupported', `The key ring has version ${version}, which this version does not know.`)
  let least = 1
  const ascending = (epoch: Fields): number => {
    const number = epoch.number('epoch', least, maxEpoch)
    least = number + 1
    return number
  }
  const epochs = fields.objects('epochs').map((epoch) => ({
    epoch: ascending(epoch),
    root: readKey(epoch.text('root')),
    created: readTime(epoch, 'created'),
  }))
  if (epochs.length === 0) throw fields.fail('epochs', 'at least one epoch')
  least = 1
  const erased = fields.has('erased')
    ? fields.objects('erased').map((epoch) => ({ epoch: ascending(epoch), time: readTime(epoch, 'time') }))
    : []
  const numbers = [...epochs, ...erased].map(({ epoch }) => epoch)
  const newest = epochs.at(-1)!.epoch
  // Ascending by one, save where an erasure accounts for it: a hole that nobody made on purpose is damage.
  if (new Set(numbers).size !== numbers.length || numbers.length !== newest || Math.max(...numbers) !== newest) {
    throw fields.fail('epochs', 'every epoch from 1 on, or its erasure')
  }
  return {
    repository: unhex(fields.text('repository'), 16),
    suite: readSuite(fields),
    created: readTime(fields, 'created'),
    epochs,
    ...(erased.length > 0 && { erased }),
    units: readKey(fields.text('units')),
  }
}

function readSuite(fields: Fields): SuiteId {
  const found = fields.text('suite')
  const name = suiteNames.find((known) => known === found)
  if (name !== undefined) return suiteIds[name]
  throw new BackupError(
    'unsupported',
    `The key ring names cipher suite "${found}", which this version does not know.`,
  )
}

function readKey(text: string): Uint8Array {
  const key = unbase64(text)
  if (key.length !== rootLength) throw new BackupError('corrupt', `A key has ${key.length} bytes instead of ${rootLength}.`)
  return key
}
