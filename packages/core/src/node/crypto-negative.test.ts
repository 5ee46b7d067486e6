import { describe, expect, test, vi } from 'vitest'
import type { Aead } from '../contract/runtime.ts'
import { portableAead } from '../crypto/portable-aead.ts'
import { BackupError } from '../errors.ts'
import { nodeCrypto } from './crypto.ts'

const key = Uint8Array.from({ length: 32 }, (_, at) => at * 7 + 1)
const otherKey = Uint8Array.from(key, (byte, at) => (at === 31 ? byte ^ 1 : byte))
const associated = new TextEncoder().encode('header and descriptor')

const ciphers: [string, (key: Uint8Array) => Aead][] = [
  ['AES-256-GCM on Node', (own) => nodeCrypto.aead(1, own)],
  ['AES-256-GCM by WebCrypto', (own) => portableAead(1, own)],
  ['AES-256-GCM in plain JavaScript', (own) => withoutSubtle(() => portableAead(1, own))],
  ['XChaCha20-Poly1305 on Node', (own) => nodeCrypto.aead(2, own)],
  ['XChaCha20-Poly1305 in plain JavaScript', (own) => portableAead(2, own)],
]

/** As on a page that was not loaded over HTTPS. */
function withoutSubtle<T>(run: () => T): T {
  vi.stubGlobal('crypto', {})
  try {
    return run()
  } finally {
    vi.unstubAllGlobals()
  }
}

const lengths = [0, 1, 15, 16, 17, 63, 64, 65, 1000]

function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const changed = bytes.slice()
  changed[at]! ^= 1 << bit
  return changed
}

function joined(...parts: readonly ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)))
}

/** What is done to `ciphertext ‖ tag`. */
function forgeries(sealed: Uint8Array): Map<string, Uint8Array> {
  const cut = sealed.length - 16
  const made = new Map<string, Uint8Array>()
  for (let at = 0; at < 16; at++) {
    for (const bit of [0, 7]) {
      made.set(`bit ${bit} of byte ${at} of the tag changed`, flipped(sealed, cut + at, bit))
    }
  }
  for (let missing = 1; missing <= 16; missing++) {
    made.set(`${missing} bytes of the tag missing`, sealed.subarray(0, -missing))
  }
  made.set('all of the tag zero', joined(sealed.subarray(0, cut), new Uint8Array(16)))
  made.set(
    'all of the tag inverted',
    joined(
      sealed.subarray(0, cut),
      sealed.subarray(cut).map((byte) => ~byte),
    ),
  )
  made.set('nothing at all', new Uint8Array(0))
  made.set('a byte more at the end', joined(sealed, [0]))
  made.set('a byte more at the start', joined([0], sealed))
  made.set(
    'a byte more between ciphertext and tag',
    joined(sealed.subarray(0, cut), [0], sealed.subarray(cut)),
  )
  made.set('the tag twice', joined(sealed, sealed.subarray(cut)))
  if (cut === 0) return made
  made.set('the tag alone', sealed.subarray(cut))
  made.set('the first byte of the ciphertext changed', flipped(sealed, 0))
  made.set('the last byte of the ciphertext changed', flipped(sealed, cut - 1, 7))
  made.set('a byte in the middle changed', flipped(sealed, cut >> 1, 3))
  made.set('the first byte missing', sealed.subarray(1))
  made.set(
    'the last byte of the ciphertext missing',
    joined(sealed.subarray(0, cut - 1), sealed.subarray(cut)),
  )
  made.set('the tag first', joined(sealed.subarray(cut), sealed.subarray(0, cut)))
  return made
}

describe.each(ciphers)('%s', (_, make) => {
  const aead = make(key)
  const nonce = Uint8Array.from({ length: aead.nonceLength }, (_unused, at) => 200 + at)
  const messageOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_unused, at) => at * 31)
  const open = async (by: Aead, ...call: Parameters<Aead['open']>): Promise<Uint8Array> => by.open(...call)
  const outcome = (...call: Parameters<typeof open>): Promise<unknown> =>
    open(...call).catch((error: unknown) => (BackupError.is(error) ? error.kind : error))

  test.each(lengths)('opens nothing but what was sealed, for a message of %d bytes', async (length) => {
    const message = messageOf(length)
    const sealed = await aead.seal(nonce, message, associated)
    expect(sealed).toHaveLength(length + 16)
    expect(await open(aead, nonce, sealed, associated)).toEqual(message)
    for (const [what, forged] of forgeries(sealed)) {
      expect([what, await outcome(aead, nonce, forged, associated)]).toEqual([what, 'corrupt'])
    }
  })

  test.each(lengths)('opens nothing in another context, for a message of %d bytes', async (length) => {
    const sealed = await aead.seal(nonce, messageOf(length), associated)
    const contexts: [string, Aead, Uint8Array, Uint8Array][] = [
      ['another key', make(otherKey), nonce, associated],
      ['another nonce, in its first byte', aead, flipped(nonce, 0), associated],
      ['another nonce, in its last byte', aead, flipped(nonce, nonce.length - 1), associated],
      ['no associated data', aead, nonce, new Uint8Array(0)],
      ['associated data changed', aead, nonce, flipped(associated, 5)],
      ['associated data shorter', aead, nonce, associated.subarray(1)],
      ['associated data longer', aead, nonce, joined(associated, [0])],
    ]
    for (const [what, by, otherNonce, otherAssociated] of contexts) {
      expect([what, await outcome(by, otherNonce, sealed, otherAssociated)]).toEqual([what, 'corrupt'])
    }
    expect(await open(aead, nonce, sealed, associated)).toEqual(messageOf(length))
  })

  test.each(lengths)('is opened by every other implementation, for a message of %d bytes', async (length) => {
    const sealed = await aead.seal(nonce, messageOf(length), associated)
    for (const [name, other] of ciphers) {
      const opened = await outcome(other(key), nonce, sealed, associated)
      expect([name, opened]).toEqual([
        name,
        other(key).nonceLength === nonce.length ? messageOf(length) : 'config',
      ])
    }
  })

  test('does not confuse associated data with the message', async () => {
    const sealed = await aead.seal(nonce, messageOf(32), messageOf(16))
    const moved = joined(messageOf(16), sealed)
    expect(await outcome(aead, nonce, moved, new Uint8Array(0))).toBe('corrupt')
  })

  test('refuses keys and nonces of another length', async () => {
    for (const length of [0, 16, 24, 31, 33]) {
      expect(() => make(new Uint8Array(length))).toThrow(expect.objectContaining({ kind: 'config' }))
    }
    for (const length of [0, aead.nonceLength - 1, aead.nonceLength + 1]) {
      const wrong = new Uint8Array(length)
      expect(() => aead.seal(wrong, messageOf(3), associated)).toThrow(
        expect.objectContaining({ kind: 'config' }),
      )
      expect(() => aead.open(wrong, messageOf(30), associated)).toThrow(
        expect.objectContaining({ kind: 'config' }),
      )
    }
  })

  test('keeps its own copy of the key', async () => {
    const given = key.slice()
    const own = make(given)
    given.fill(0)
    const sealed = await own.seal(nonce, messageOf(9), associated)
    expect(await open(aead, nonce, sealed, associated)).toEqual(messageOf(9))
  })
})

test('a suite that does not exist is refused', () => {
  for (const make of [nodeCrypto.aead, portableAead]) {
    expect(() => make(3 as 1, key)).toThrow(expect.objectContaining({ kind: 'unsupported' }))
  }
})
