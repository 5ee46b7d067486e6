import crypto from 'node:crypto'
import { expect, test } from 'vitest'
import {
  Damage,
  PASSPHRASE_KDFS,
  argon2id,
  blake2b,
  deriveKey,
  hchacha20,
  hkdf,
  openAead,
  openChaCha20Poly1305,
  openXChaCha20Poly1305,
  parseRecoveryCode,
  safeName,
} from '../restore.mjs'
import * as writer from './tiny-writer.mjs'

const hex = (text) => Buffer.from(text.replace(/\s/g, ''), 'hex')
const range = (first, count) => Buffer.from(Array.from({ length: count }, (_, at) => first + at))
const SUNSCREEN = Buffer.from(
  "Ladies and Gentlemen of the class of '99: If I could offer you " +
    'only one tip for the future, sunscreen would be it.',
)
const SUNSCREEN_AAD = hex('50515253c0c1c2c3c4c5c6c7')

test('BLAKE2b gives the digest of "abc" from RFC 7693, appendix A', () => {
  expect(blake2b(Buffer.from('abc'), 64).toString('hex')).toBe(
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1' +
      '7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  )
})

test('BLAKE2b agrees with OpenSSL for every length around its blocks', () => {
  for (const length of [0, 1, 63, 64, 127, 128, 129, 255, 256, 257, 1000]) {
    const bytes = range(length, length)
    expect(blake2b(bytes, 64)).toEqual(crypto.createHash('blake2b512').update(bytes).digest())
  }
})

test('BLAKE2b gives shorter digests that are not just cut', () => {
  expect(blake2b(Buffer.alloc(0), 32).toString('hex')).toBe(
    '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
  )
})

test('Argon2id gives the tag of RFC 9106, 5.3', () => {
  const tag = argon2id({
    password: Buffer.alloc(32, 1),
    salt: Buffer.alloc(16, 2),
    secret: Buffer.alloc(8, 3),
    extra: Buffer.alloc(12, 4),
    memoryKiB: 32,
    passes: 3,
    lanes: 4,
    length: 32,
  })
  expect(tag.toString('hex')).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659')
})

test.each([
  [8, 1, 1],
  [9, 2, 1],
  [64, 1, 3],
  [100, 3, 2],
  [512, 1, 64],
  [1024, 2, 1],
  [4099, 1, 4],
  [2048, 5, 8],
])('Argon2id agrees with OpenSSL at %d KiB, %d passes, %d lanes', (memoryKiB, passes, lanes) => {
  const [password, salt] = [Buffer.from('pässword'), range(1, 16)]
  const native = crypto.argon2Sync('argon2id', {
    message: password,
    nonce: salt,
    memory: memoryKiB,
    passes,
    parallelism: lanes,
    tagLength: 32,
  })
  expect(argon2id({ password, salt, memoryKiB, passes, lanes, length: 32 })).toEqual(native)
})

test('Argon2id gives tags longer than one BLAKE2b digest', () => {
  const [message, nonce] = [Buffer.from('p'), range(1, 16)]
  const native = crypto.argon2Sync('argon2id', {
    message,
    nonce,
    memory: 32,
    passes: 1,
    parallelism: 2,
    tagLength: 150,
  })
  expect(
    argon2id({ password: message, salt: nonce, memoryKiB: 32, passes: 1, lanes: 2, length: 150 }),
  ).toEqual(native)
})

test('scrypt gives the outputs of RFC 7914, 12', () => {
  const scrypt = (password, salt, cost, blockSize, parallel) =>
    PASSPHRASE_KDFS.get('scrypt')(
      { name: 'scrypt', cost, blockSize, parallel },
      Buffer.from(password),
      Buffer.from(salt),
    )
  expect(scrypt('', '', 16, 1, 1)).toEqual(
    hex('77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442'),
  )
  expect(scrypt('password', 'NaCl', 1024, 8, 16)).toEqual(
    hex('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162'),
  )
  expect(scrypt('pleaseletmein', 'SodiumChloride', 16_384, 8, 1)).toEqual(
    hex('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2'),
  )
})

test('PBKDF2 gives the outputs of RFC 7914, 11', () => {
  const pbkdf2 = (password, salt, iterations) =>
    PASSPHRASE_KDFS.get('pbkdf2-sha256')(
      { name: 'pbkdf2-sha256', iterations },
      Buffer.from(password),
      Buffer.from(salt),
    )
  expect(pbkdf2('passwd', 'salt', 1)).toEqual(
    hex('55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc'),
  )
  expect(pbkdf2('Password', 'NaCl', 80_000)).toEqual(
    hex('4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56'),
  )
})

test('HKDF gives the first 32 bytes of the outputs of RFC 5869, appendix A', () => {
  expect(hkdf(Buffer.alloc(22, 0x0b), range(0, 13), range(0xf0, 10))).toEqual(
    hex('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf'),
  )
  expect(hkdf(range(0, 80), range(0x60, 80), range(0xb0, 80))).toEqual(
    hex('b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c'),
  )
  expect(hkdf(Buffer.alloc(22, 0x0b), Buffer.alloc(0), Buffer.alloc(0))).toEqual(
    hex('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d'),
  )
})

test('HChaCha20 gives the subkey of draft-irtf-cfrg-xchacha-03, 2.2.1', () => {
  expect(hchacha20(range(0, 32), hex('000000090000004a0000000031415927'))).toEqual(
    hex('82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc'),
  )
})

const XCHACHA = {
  nonce: range(0x40, 24),
  sealed:
    hex(`bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
    ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c
    97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49`),
}

test('XChaCha20-Poly1305 opens the message of draft-irtf-cfrg-xchacha-03, A.3.1', () => {
  expect(openXChaCha20Poly1305(range(0x80, 32), XCHACHA.nonce, SUNSCREEN_AAD, XCHACHA.sealed)).toEqual(
    SUNSCREEN,
  )
})

test('XChaCha20-Poly1305 opens nothing once any bit of it has changed', () => {
  for (let bit = 0; bit < 8 * XCHACHA.sealed.length; bit += 5) {
    const sealed = Buffer.from(XCHACHA.sealed)
    sealed[bit >> 3] ^= 1 << (bit & 7)
    expect(openXChaCha20Poly1305(range(0x80, 32), XCHACHA.nonce, SUNSCREEN_AAD, sealed)).toBeUndefined()
  }
})

test('the ChaCha20-Poly1305 for a Node without one opens the message of RFC 8439, 2.8.2', () => {
  const sealed =
    hex(`d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b
    1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4d
    ef08e4b7a9de576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691`)
  const nonce = hex('070000004041424344454647')
  expect(openChaCha20Poly1305(range(0x80, 32), nonce, SUNSCREEN_AAD, sealed)).toEqual(SUNSCREEN)
  sealed[3] ^= 1
  expect(openChaCha20Poly1305(range(0x80, 32), nonce, SUNSCREEN_AAD, sealed)).toBeUndefined()
  expect(openChaCha20Poly1305(range(0x80, 32), nonce, SUNSCREEN_AAD, sealed.subarray(0, 15))).toBeUndefined()
})

test('the ChaCha20-Poly1305 for a Node without one agrees with OpenSSL around its blocks', () => {
  const [key, nonce] = [crypto.randomBytes(32), crypto.randomBytes(12)]
  for (const length of [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1000]) {
    const [plain, associated] = [crypto.randomBytes(length), crypto.randomBytes(length % 37)]
    const cipher = crypto.createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
    cipher.setAAD(associated, { plaintextLength: length })
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    expect(openChaCha20Poly1305(key, nonce, associated, sealed)).toEqual(plain)
  }
})

test('AES-256-GCM opens test case 14 of the GCM specification, and nothing that was altered or cut', () => {
  const sealed = hex('cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919')
  const open = (bytes) => openAead(1, Buffer.alloc(32), 0, Buffer.alloc(0), bytes)
  expect(open(sealed)).toEqual(Buffer.alloc(16))
  for (let at = 0; at < sealed.length; at++) {
    expect(open(Buffer.from(sealed.map((byte, place) => (place === at ? byte ^ 4 : byte))))).toBeUndefined()
    expect(open(sealed.subarray(0, at))).toBeUndefined()
  }
})

test('a recovery code is read in any case, with any grouping, and with the letters people confuse', () => {
  const code = Buffer.concat([Buffer.from([0, 0, 1]), range(7, 17)])
  const printed = writer.printCode(code)
  expect(printed).toMatch(/^([0-9a-hjkmnp-tv-z]{6}-){5}[0-9a-hjkmnp-tv-z]{6}$/)
  expect(parseRecoveryCode(printed)).toEqual(code)
  expect(parseRecoveryCode(` ${printed.toUpperCase().replaceAll('-', ' ')}\n`)).toEqual(code)
  expect(parseRecoveryCode(printed.replaceAll('0', 'O').replaceAll('1', 'l'))).toEqual(code)
})

test('a recovery code may have gone through a word processor, with its dashes and spaces', () => {
  const code = range(60, 20)
  for (const gap of ['\u2010', '\u2013', '\u2014', ' \u2013 ', '\u00a0', '\u2009', '\t', '\r\n']) {
    expect(parseRecoveryCode(writer.printCode(code).replaceAll('-', gap))).toEqual(code)
  }
  for (const other of ['_', '.', '/', '\u2212', '\u200b']) {
    expect(() => parseRecoveryCode(writer.printCode(code).replaceAll('-', other))).toThrow(Damage)
  }
})

test('a recovery code with any one symbol wrong, missing or swapped is refused', () => {
  const symbols = writer.printCode(range(200, 20)).replaceAll('-', '')
  for (let at = 0; at < 36; at++) {
    const other = symbols[at] === 'z' ? 'y' : 'z'
    expect(() => parseRecoveryCode(symbols.slice(0, at) + other + symbols.slice(at + 1))).toThrow(
      /typing mistake/,
    )
    expect(() => parseRecoveryCode(symbols.slice(0, at) + symbols.slice(at + 1))).toThrow(
      /36 letters and digits/,
    )
  }
  expect(() => parseRecoveryCode(symbols.replace(/.$/, 'u'))).toThrow(Damage)
})

test.each([
  [{ name: 'argon2id', memoryKiB: 4 * 1024 * 1024 + 1, passes: 1, lanes: 1 }, 'memoryKiB'],
  [{ name: 'argon2id', memoryKiB: 31, passes: 1, lanes: 4 }, 'memoryKiB'],
  [{ name: 'argon2id', memoryKiB: 64, passes: 101, lanes: 1 }, 'passes'],
  [{ name: 'argon2id', memoryKiB: 1024, passes: 1, lanes: 65 }, 'lanes'],
  [{ name: 'argon2id', memoryKiB: 64, passes: 1.5, lanes: 1 }, 'passes'],
  [{ name: 'scrypt', cost: 2 ** 23, blockSize: 8, parallel: 1 }, 'cost'],
  [{ name: 'scrypt', cost: 1000, blockSize: 8, parallel: 1 }, 'cost'],
  [{ name: 'scrypt', cost: 1024, blockSize: 0, parallel: 1 }, 'blockSize'],
  [{ name: 'scrypt', cost: 65_536, blockSize: 1, parallel: 1 }, 'cost'],
  [{ name: 'scrypt', cost: 1024, blockSize: 8, parallel: 65 }, 'parallel'],
  [{ name: 'pbkdf2-sha256', iterations: 100_000_001 }, 'iterations'],
  [{ name: 'pbkdf2-sha256', iterations: '10' }, 'iterations'],
  [{ name: 'pbkdf2-sha256', iterations: 10, salt: 'AAAA' }, 'salt'],
])('parameters out of bounds are refused before any work is done: %j', (kdf, named) => {
  const derive = () =>
    deriveKey({ salt: Buffer.alloc(16).toString('base64'), ...kdf }, 'secret', Buffer.alloc(16))
  expect(derive).toThrow(Damage)
  expect(derive).toThrow(`${named}"`)
})

test('a passphrase is the same however its letters are composed', () => {
  const kdf = writer.passphraseKdf('pbkdf2-sha256')
  const id = Buffer.alloc(16)
  expect(deriveKey(kdf, 'Ru\u0308cken \ufb01ne', id)).toEqual(deriveKey(kdf, 'R\u00fccken fine', id))
})

test.each([
  ['main.db', 'main.db'],
  ['a/b\\c', 'a_b_c'],
  ['../../etc/passwd', '__.._etc_passwd'],
  ['..', '_'],
  ['', '_'],
  ['con', '_con'],
  ['LPT1.txt', '_LPT1.txt'],
  ['x\u0000y\u202ez', 'x_y_z'],
  ['trailing. ', 'trailing_'],
  ['größe 1', 'größe 1'],
])('a stream named %j becomes the file %j', (name, file) => {
  expect(safeName(name)).toBe(file)
})
