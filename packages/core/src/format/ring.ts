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
  /** Ascending; the last one seals. */
  readonly epochs: readonly KeyEpoch[]
  /** The key from which unit ids come; it never changes, so that deduplication survives rotation. */
  readonly units: Uint8Array
}

export interface KeyEpoch {
  readonly epoch: number
  /** 32 bytes. */
  readonly root: Uint8Array
  readonly created: Date
}

const rootLength = 32
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

export function currentEpoch(ring: KeyRing): KeyEpoch {
  return ring.epochs.at(-1)!
}

/** @throws `key` when the ring does not reach that epoch. */
export function rootOf(ring: KeyRing, epoch: number): Uint8Array {
  const found = ring.epochs.find((candidate) => candidate.epoch === epoch)
  if (found) return found.root
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
  const epochs = fields.objects('epochs').map((epoch, at) => ({
    epoch: epoch.number('epoch', at + 1, at + 1),
    root: readKey(epoch.text('root')),
    created: readTime(epoch, 'created'),
  }))
  if (epochs.length === 0) throw fields.fail('epochs', 'at least one epoch')
  return {
    repository: unhex(fields.text('repository'), 16),
    suite: readSuite(fields),
    created: readTime(fields, 'created'),
    epochs,
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
