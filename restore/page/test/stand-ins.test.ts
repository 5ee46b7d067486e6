import nodeCrypto from 'node:crypto'
import nodeZlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Buffer as OwnBuffer } from '../stand-ins/buffer.ts'
import crypto from '../stand-ins/crypto.ts'
import zlib from '../stand-ins/zlib.ts'

// What stands in for Node does as Node does.

function noise(length: number, seed = 1): Buffer {
  let state = seed
  return Buffer.from(Uint8Array.from({ length }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff))
}

describe('Buffer', () => {
  const bytes = noise(300)
  const own = OwnBuffer.from(bytes)

  test('reads numbers', () => {
    for (const at of [0, 1, 7, 290]) {
      expect(own.readUInt16LE(at)).toBe(bytes.readUInt16LE(at))
      expect(own.readUInt32LE(at)).toBe(bytes.readUInt32LE(at))
      expect(own.readBigUInt64LE(at)).toBe(bytes.readBigUInt64LE(at))
      for (const width of [1, 2, 3, 4, 5, 6]) {
        expect(own.readUIntLE(at, width)).toBe(bytes.readUIntLE(at, width))
        expect(own.readUIntBE(at, width)).toBe(bytes.readUIntBE(at, width))
      }
    }
    for (const reading of [() => own.readUInt32LE(297), () => own.readUIntLE(300, 1), () => own.readBigUInt64LE(293)]) expect(reading).toThrow(RangeError)
  })

  test('writes numbers', () => {
    const [some, others] = [OwnBuffer.alloc(16), Buffer.alloc(16)]
    for (const one of [some, others]) {
      one.writeUInt32LE(0xfedcba98, 1)
      one.writeBigUInt64LE(0xfedcba9876543210n, 6)
    }
    expect([...some]).toEqual([...others])
  })

  test.each(['utf8', 'hex', 'latin1', 'base64'] as const)('is %s and back', (encoding) => {
    const text = 'Zürich €\u{1f9c0} fine'
    expect(OwnBuffer.from(text).toString()).toBe(text)
    expect(own.toString(encoding === 'utf8' ? 'latin1' : encoding, 3, 30)).toBe(bytes.toString(encoding === 'utf8' ? 'latin1' : encoding, 3, 30))
    const written = bytes.toString(encoding)
    expect([...OwnBuffer.from(written, encoding)]).toEqual([...Buffer.from(written, encoding)])
  })

  test('takes what is no base64 for no bytes', () => {
    expect(OwnBuffer.from('not § base64', 'base64').length).toBe(0)
  })

  test('joins, compares, copies and cuts', () => {
    expect(OwnBuffer.concat([own, own.subarray(5, 9)]).equals(Buffer.concat([bytes, bytes.subarray(5, 9)]))).toBe(true)
    expect(own.equals(bytes.subarray(1))).toBe(false)
    const [some, others] = [OwnBuffer.alloc(20), Buffer.alloc(20)]
    expect(own.copy(some, 3, 10, 15)).toBe(bytes.copy(others, 3, 10, 15))
    expect([...some]).toEqual([...others])
    expect((own.subarray(2) as OwnBuffer).readUInt16LE(0)).toBe(bytes.subarray(2).readUInt16LE(0))
  })
})

describe('cryptography', () => {
  const [key, salt] = [noise(32, 2), noise(24, 3)]

  test('hashes and derives', () => {
    for (const length of [0, 1, 63, 64, 65, 4096]) {
      const body = noise(length)
      const hash = crypto.createHash()
      hash.update(body)
      hash.update('text')
      expect(hash.digest().toString('hex')).toBe(nodeCrypto.createHash('sha256').update(body).update('text').digest('hex'))
    }
    const derived = crypto.hkdfSync('sha256', key, salt, 'backup/1/object', 32)
    expect(Buffer.from(derived).equals(Buffer.from(nodeCrypto.hkdfSync('sha256', key, salt, 'backup/1/object', 32)))).toBe(true)
    expect(crypto.pbkdf2Sync(key, salt, 1000, 32).toString('hex')).toBe(nodeCrypto.pbkdf2Sync(key, salt, 1000, 32, 'sha256').toString('hex'))
    const cost = { N: 1024, r: 8, p: 2 }
    expect(crypto.scryptSync(key, salt, 32, cost).toString('hex')).toBe(nodeCrypto.scryptSync(key, salt, 32, cost).toString('hex'))
  })

  test('says of a derivation that is too costly what the program can tell', () => {
    expect(() => crypto.scryptSync(key, salt, 32, { N: 2 ** 20, r: 2 ** 20, p: 1 })).toThrow(expect.objectContaining({ code: 'TOO_COSTLY' }) as Error)
  })

  test.each(['aes-256-gcm', 'chacha20-poly1305'] as const)('%s opens what Node sealed, and refuses what was altered', (name) => {
    for (const length of [0, 1, 16, 1000, 70_000]) {
      const [plain, nonce, associated] = [noise(length), noise(12, 4), noise(80, 5)]
      const cipher = nodeCrypto.createCipheriv(name as 'aes-256-gcm', key, nonce, { authTagLength: 16 })
      cipher.setAAD(associated, { plaintextLength: length })
      const text = Buffer.concat([cipher.update(plain), cipher.final()])
      const tag = cipher.getAuthTag()
      const opened = (text: Uint8Array, tag: Uint8Array, associated: Uint8Array): Uint8Array => {
        const decipher = crypto.createDecipheriv(name, key, nonce)
        decipher.setAAD(associated)
        decipher.setAuthTag(tag)
        const found = decipher.update(text)
        decipher.final()
        return found
      }
      expect(Buffer.compare(opened(text, tag, associated), plain)).toBe(0)
      expect(() => opened(text, tag, noise(80, 6))).toThrow(/tag/)
      expect(() => opened(text, noise(16, 7), associated)).toThrow(/tag/)
    }
  })
})

describe('codecs', () => {
  const rows = Buffer.from(Array.from({ length: 2000 }, (_, row) => `${row}: the quick brown fox jumps over ${row * 7919} lazy dogs\n`).join(''))
  const samples: Readonly<Record<string, Buffer>> = {
    rows,
    noise: noise(200_000),
    zeros: Buffer.alloc(300_000),
    'one byte': Buffer.from([7]),
    // Words of its dictionary.
    prose: Buffer.from('The government of the United States, the international community and the environment: Home About Contact Privacy Policy <html><head>'.repeat(3)),
  }

  test.each(Object.keys(samples))('gzip of %s is opened', (name) => {
    const plain = samples[name]!
    for (const level of [1, 6, 9]) expect(Buffer.compare(zlib.gunzipSync(nodeZlib.gzipSync(plain, { level }), { maxOutputLength: plain.length }), plain)).toBe(0)
  })

  test.each(Object.keys(samples))('brotli of %s is opened', (name) => {
    const plain = samples[name]!
    for (const quality of [1, 5, 11]) {
      for (const window of [10, 22]) {
        const stored = nodeZlib.brotliCompressSync(plain, { params: { [nodeZlib.constants.BROTLI_PARAM_QUALITY]: quality, [nodeZlib.constants.BROTLI_PARAM_LGWIN]: window } })
        expect(Buffer.compare(zlib.brotliDecompressSync(stored, { maxOutputLength: plain.length }), plain)).toBe(0)
      }
    }
  })

  test.each(['gunzipSync', 'brotliDecompressSync'] as const)('%s never gives more than it may, and refuses what is cut', (decode) => {
    const stored = decode === 'gunzipSync' ? nodeZlib.gzipSync(rows) : nodeZlib.brotliCompressSync(rows)
    expect(() => zlib[decode](stored, { maxOutputLength: rows.length - 1 })).toThrow(/Too much|does not end with its length/)
    const short = (): Uint8Array => zlib[decode](stored.subarray(0, stored.length >> 1), { maxOutputLength: rows.length })
    let found: Uint8Array | undefined
    try {
      found = short()
    } catch {
      return
    }
    expect(Buffer.compare(found, rows)).not.toBe(0)
  })
})
