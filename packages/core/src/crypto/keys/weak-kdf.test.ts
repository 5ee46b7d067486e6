import { expect, test } from 'vitest'
import type { KdfParameters } from '../../contract/key.ts'
import { weakness } from './weak-kdf.ts'

const argon = (memoryKiB: number, passes: number): KdfParameters => ({ name: 'argon2id', memoryKiB, passes, lanes: 1 })
const scrypt = (cost: number, parallel: number): KdfParameters => ({ name: 'scrypt', cost, blockSize: 8, parallel })

test.each<[string, KdfParameters]>([
  ['what passphrase() does unless told otherwise', argon(65_536, 3)],
  ['19 MiB and two passes', argon(19_456, 2)],
  ['7 MiB and more than five passes', argon(7_168, 9)],
  ['scrypt as passphrase() does it', scrypt(131_072, 1)],
  ['half the cost and twice the lanes', scrypt(65_536, 2)],
  ['PBKDF2 as passphrase() does it', { name: 'pbkdf2-sha256', iterations: 600_000 }],
  ['a raw key', { name: 'raw' }],
  ['a recovery code', { name: 'recovery' }],
  ['what a plugin does, about which nothing is known', { name: 'toString' }],
])('%s is strong enough', (_, kdf) => {
  expect(weakness(kdf)).toBeUndefined()
})

test.each<[string, KdfParameters, RegExp]>([
  ['little memory', argon(19_455, 2), /19455 KiB.*19456/],
  ['a single pass with the memory for two', argon(19_456, 1), /47104/],
  ['numbers of 2012', { name: 'pbkdf2-sha256', iterations: 10_000 }, /10000 iterations/],
  ['a cost for interactive use', scrypt(16_384, 1), /16384/],
  ['no numbers at all', { name: 'argon2id' }, /0 KiB/],
])('%s is not, and the message says how much is', (_, kdf, message) => {
  expect(weakness(kdf)).toMatch(message)
})
