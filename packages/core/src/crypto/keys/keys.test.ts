import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { KdfParameters, KeyContext, KeyProvider } from '../../contract/key.ts'
import { BackupError, type ErrorKind } from '../../errors.ts'
import { portableCrypto } from '../portable.ts'
import { type PassphraseOptions, passphrase } from './passphrase.ts'
import { rawKey } from './raw-key.ts'

const context: KeyContext = { crypto: portableCrypto, repository: new Uint8Array(16).fill(9) }
const cheap = { memoryKiB: 64, passes: 1, lanes: 1 } as const

function thrown(run: () => unknown): BackupError {
  try {
    run()
  } catch (error) {
    if (BackupError.is(error)) return error
  }
  throw new Error('nothing was thrown')
}

async function rejected(promise: Promise<unknown>): Promise<ErrorKind> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (BackupError.is(error)) return error.kind
  throw new Error(`not refused as it should be: ${String(error)}`)
}

const makers: [string, () => KeyProvider][] = [
  ['passphrase with Argon2id', () => passphrase('correct horse', cheap)],
  [
    'passphrase with scrypt',
    () => passphrase('correct horse', { kdf: 'scrypt', cost: 16, blockSize: 8, parallel: 1 }),
  ],
  ['passphrase with PBKDF2', () => passphrase('correct horse', { kdf: 'pbkdf2-sha256', iterations: 10 })],
  ['raw key', () => rawKey(new Uint8Array(32).fill(5))],
]

describe.each(makers)('%s', (_, make) => {
  test('derives the same key again from what a slot stores', async () => {
    const { kdf, key } = await make().create(context)
    const read = JSON.parse(JSON.stringify(kdf)) as KdfParameters
    expect(key).toHaveLength(32)
    expect(await make().derive(read, context)).toEqual(key)
  })

  test('shows nothing of its secret', () => {
    const provider = make()
    const shown = inspect(provider, { depth: 9, showHidden: true }) + JSON.stringify(provider)
    expect(shown).not.toMatch(/correct|horse|5, 5|05 05/)
  })

  test('refuses a key derivation of another kind', async () => {
    expect(await rejected(make().derive({ name: 'something-new' }, context))).toBe('unsupported')
  })
})

describe('passphrase', () => {
  test('is salted: two slots have different keys', async () => {
    const provider = passphrase('correct horse', cheap)
    const [first, second] = [await provider.create(context), await provider.create(context)]
    expect(first.kdf['salt']).not.toBe(second.kdf['salt'])
    expect(first.key).not.toEqual(second.key)
  })

  test('opens slots of every key derivation, whatever it uses for new ones', async () => {
    for (const [, make] of makers.slice(0, 3)) {
      const { kdf, key } = await make().create(context)
      for (const [, other] of makers.slice(0, 3)) expect(await other().derive(kdf, context)).toEqual(key)
    }
  })

  test('stores the recommended costs unless told otherwise', async () => {
    const stored: KdfParameters[] = []
    const derive = async (): Promise<Uint8Array> => new Uint8Array(32)
    const crypto = { ...portableCrypto, argon2id: derive, scrypt: derive, pbkdf2: derive }
    const options: PassphraseOptions[] = [{}, { kdf: 'scrypt' }, { kdf: 'pbkdf2-sha256' }]
    for (const option of options) {
      stored.push((await passphrase('x', option).create({ ...context, crypto })).kdf)
    }
    expect(stored).toEqual([
      { name: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 4, salt: expect.any(String) },
      { name: 'scrypt', cost: 131_072, blockSize: 8, parallel: 1, salt: expect.any(String) },
      { name: 'pbkdf2-sha256', iterations: 600_000, salt: expect.any(String) },
    ])
  })

  test.each([
    ['ﬁne', 'fine'],
    ['\u00c5ngstr\u00f6m', 'A\u030angstro\u0308m'],
    ['Ⅸ', 'IX'],
    ['１２３４', '1234'],
    ['\ud55c\uae00', '\u1112\u1161\u11ab\u1100\u1173\u11af'],
  ])('is the same typed as %s or as %s', async (one, other) => {
    expect(one).not.toBe(other)
    const { kdf, key } = await passphrase(one, cheap).create(context)
    expect(await passphrase(other, cheap).derive(kdf, context)).toEqual(key)
  })

  test('minds capitals and blanks', async () => {
    const { kdf, key } = await passphrase('Correct horse', cheap).create(context)
    for (const other of ['correct horse', 'Correct horse ', 'Correcthorse']) {
      expect(await passphrase(other, cheap).derive(kdf, context)).not.toEqual(key)
    }
  })

  test.each([[''], [undefined]])('must not be %o', (text) => {
    expect(thrown(() => passphrase(text)).kind).toBe('config')
  })

  test.each<[string, unknown]>([
    ['an unknown key derivation', { kdf: 'md5' }],
    ['a key derivation that objects inherit', { kdf: 'constructor' }],
    ['an option of another key derivation', { kdf: 'scrypt', passes: 3 }],
    ['a misspelt option', { memory: 65_536 }],
    ['a number out of bounds', { memoryKiB: 4 }],
    ['a text for a number', { passes: '3' }],
  ])('refuses %s', (_, options) => {
    const error = thrown(() => passphrase('correct horse', options as PassphraseOptions))
    expect(error.kind).toBe('config')
    expect(error.message).not.toMatch(/correct|horse/)
  })

  test.each<[string, ErrorKind, KdfParameters]>([
    ['without salt', 'corrupt', { name: 'argon2id', ...cheap }],
    ['with a short salt', 'corrupt', { name: 'argon2id', ...cheap, salt: btoa('fifteen bytes..') }],
    ['with a salt that is no base64', 'corrupt', { name: 'argon2id', ...cheap, salt: '*'.repeat(24) }],
    [
      'without a number',
      'corrupt',
      { name: 'argon2id', memoryKiB: 64, passes: 1, salt: btoa('sixteen bytes...') },
    ],
    [
      'that asks for too much',
      'unsupported',
      { name: 'argon2id', ...cheap, passes: 101, salt: btoa('sixteen bytes...') },
    ],
  ])('refuses a slot %s', async (_, kind, kdf) => {
    expect(await rejected(passphrase('correct horse', cheap).derive(kdf, context))).toBe(kind)
  })
})

describe('raw key', () => {
  test('is the key itself', async () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => at)
    expect(await rawKey(bytes).create(context)).toEqual({ kdf: { name: 'raw' }, key: bytes })
  })

  test('is copied on the way in and out', async () => {
    const bytes = new Uint8Array(32).fill(5)
    const provider = rawKey(bytes)
    bytes.fill(0)
    const { key } = await provider.create(context)
    key.fill(1)
    expect(await provider.derive({ name: 'raw' }, context)).toEqual(new Uint8Array(32).fill(5))
  })

  test.each<[string, unknown]>([
    ['too short', new Uint8Array(31)],
    ['too long', new Uint8Array(33)],
    ['empty', new Uint8Array(0)],
    ['a text', 'k'.repeat(32)],
    ['missing', undefined],
    ['of wider numbers', new Uint32Array(32)],
    ['of fewer, wider numbers', new Uint32Array(8)],
    ['a DataView', new DataView(new ArrayBuffer(32))],
  ])('must not be %s', (_, bytes) => {
    expect(thrown(() => rawKey(bytes as Uint8Array)).kind).toBe('config')
  })
})
