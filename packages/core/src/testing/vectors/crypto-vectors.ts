import type { Argon2Cost, ScryptCost } from '../../contract/runtime.ts'
import type { SuiteId } from '../../contract/suite.ts'

/** Known answers from the standards. All bytes in hex, all texts in ASCII. */

export interface HashVector {
  readonly source: string
  readonly input: string
  readonly repeat?: number
  readonly hash: string
}

export const sha256Vectors: readonly HashVector[] = [
  {
    source: 'FIPS 180-4 example: nothing',
    input: '',
    hash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  },
  {
    source: 'FIPS 180-4 example: abc',
    input: 'abc',
    hash: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  },
  {
    source: 'FIPS 180-4 example: two blocks',
    input: 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    hash: '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  },
  {
    source: 'FIPS 180-4 example: a million times a',
    input: 'a',
    repeat: 1_000_000,
    hash: 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  },
]

export interface HkdfVector {
  readonly source: string
  readonly ikm: string
  readonly salt: string
  readonly info: string
  /** The first 32 bytes of the output. */
  readonly output: string
}

const counting = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => (from + at).toString(16).padStart(2, '0')).join('')

export const hkdfVectors: readonly HkdfVector[] = [
  {
    source: 'RFC 5869 A.1',
    ikm: '0b'.repeat(22),
    salt: counting(0x00, 0x0c),
    info: counting(0xf0, 0xf9),
    output: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf',
  },
  {
    source: 'RFC 5869 A.2',
    ikm: counting(0x00, 0x4f),
    salt: counting(0x60, 0xaf),
    info: counting(0xb0, 0xff),
    output: 'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c',
  },
  {
    source: 'RFC 5869 A.3',
    ikm: '0b'.repeat(22),
    salt: '',
    info: '',
    output: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  },
]

export interface AeadVector {
  readonly source: string
  readonly suite: SuiteId
  readonly key: string
  readonly nonce: string
  readonly associated: string
  readonly plain: string
  readonly ciphertext: string
  readonly tag: string
}

const gcmKey = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'
const gcmPlain =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
  '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255'
const gcmCiphertext =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
  '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad'

/** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B; draft-irtf-cfrg-xchacha-03 A.3.1. */
export const aeadVectors: readonly AeadVector[] = [
  {
    source: 'GCM test case 13',
    suite: 1,
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    associated: '',
    plain: '',
    ciphertext: '',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    source: 'GCM test case 14',
    suite: 1,
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    associated: '',
    plain: '00'.repeat(16),
    ciphertext: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    source: 'GCM test case 15',
    suite: 1,
    key: gcmKey,
    nonce: 'cafebabefacedbaddecaf888',
    associated: '',
    plain: gcmPlain,
    ciphertext: gcmCiphertext,
    tag: 'b094dac5d93471bdec1a502270e3cc6c',
  },
  {
    source: 'GCM test case 16',
    suite: 1,
    key: gcmKey,
    nonce: 'cafebabefacedbaddecaf888',
    associated: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plain: gcmPlain.slice(0, 120),
    ciphertext: gcmCiphertext.slice(0, 120),
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
  {
    source: 'XChaCha20-Poly1305, draft A.3.1',
    suite: 2,
    key: counting(0x80, 0x9f),
    nonce: counting(0x40, 0x57),
    associated: '50515253c0c1c2c3c4c5c6c7',
    plain:
      '4c616469657320616e642047656e746c656d656e206f662074686520636c6173' +
      '73206f66202739393a204966204920636f756c64206f6666657220796f75206f' +
      '6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73' +
      '637265656e20776f756c642062652069742e',
    ciphertext:
      'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb' +
      '731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452' +
      '2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9' +
      '21f9664c97637da9768812f615c68b13b52e',
    tag: 'c0875924c1c7987947deafd8780acf49',
  },
]

/** draft-irtf-cfrg-xchacha-03 §2.2.1. */
export const hchachaVector: { readonly key: string; readonly nonce: string; readonly output: string } = {
  key: counting(0x00, 0x1f),
  nonce: '000000090000004a0000000031415927',
  output: '82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc',
}

export interface Argon2Vector {
  readonly secret: string
  readonly salt: string
  readonly cost: Argon2Cost
  readonly output: string
}

/**
 * Tests of the reference implementation (P-H-C/phc-winner-argon2, src/test.c, Argon2id version 0x13). The
 * vector of RFC 9106 §5.3 needs a secret and associated data, which the format does not use.
 */
export const argon2Vectors: readonly Argon2Vector[] = [
  {
    secret: 'password',
    salt: 'somesalt',
    cost: { memoryKiB: 256, passes: 2, lanes: 1 },
    output: '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe',
  },
  {
    secret: 'password',
    salt: 'somesalt',
    cost: { memoryKiB: 256, passes: 2, lanes: 2 },
    output: '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037',
  },
  {
    secret: 'password',
    salt: 'somesalt',
    cost: { memoryKiB: 65_536, passes: 1, lanes: 1 },
    output: 'f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98',
  },
  {
    secret: 'differentpassword',
    salt: 'somesalt',
    cost: { memoryKiB: 65_536, passes: 2, lanes: 1 },
    output: '0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde',
  },
]

export interface ScryptVector {
  readonly secret: string
  readonly salt: string
  readonly cost: ScryptCost
  /** The first 32 of 64 bytes. */
  readonly output: string
}

/** RFC 7914 §12, but for the last one, which needs a gibibyte. */
export const scryptVectors: readonly ScryptVector[] = [
  {
    secret: '',
    salt: '',
    cost: { cost: 16, blockSize: 1, parallel: 1 },
    output: '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442',
  },
  {
    secret: 'password',
    salt: 'NaCl',
    cost: { cost: 1024, blockSize: 8, parallel: 16 },
    output: 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162',
  },
  {
    secret: 'pleaseletmein',
    salt: 'SodiumChloride',
    cost: { cost: 16_384, blockSize: 8, parallel: 1 },
    output: '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
  },
]

export interface Pbkdf2Vector {
  readonly source: string
  readonly secret: string
  readonly salt: string
  readonly iterations: number
  /** The first 32 bytes. */
  readonly output: string
}

/** RFC 7914 §11, and the inputs of RFC 6070 with SHA-256. */
export const pbkdf2Vectors: readonly Pbkdf2Vector[] = [
  {
    source: 'RFC 7914 §11, first',
    secret: 'passwd',
    salt: 'salt',
    iterations: 1,
    output: '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc',
  },
  {
    source: 'RFC 7914 §11, second',
    secret: 'Password',
    salt: 'NaCl',
    iterations: 80_000,
    output: '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56',
  },
  {
    source: 'RFC 6070, 1 iteration',
    secret: 'password',
    salt: 'salt',
    iterations: 1,
    output: '120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b',
  },
  {
    source: 'RFC 6070, 2 iterations',
    secret: 'password',
    salt: 'salt',
    iterations: 2,
    output: 'ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43',
  },
  {
    source: 'RFC 6070, 4096 iterations',
    secret: 'password',
    salt: 'salt',
    iterations: 4096,
    output: 'c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a',
  },
]
