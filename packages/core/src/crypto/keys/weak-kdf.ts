import type { KdfParameters } from '../../contract/key.ts'

/**
 * The least that OWASP recommends for stored passwords; within a row, more of one makes up for less of the other.
 * Password Storage Cheat Sheet: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const leastArgon2MemoryKiB = [47_104, 19_456, 12_288, 9_216, 7_168]
const leastScryptCost: readonly (readonly [parallel: number, cost: number])[] = [[10, 2 ** 13], [5, 2 ** 14], [3, 2 ** 15], [2, 2 ** 16], [1, 2 ** 17]]
const leastIterations = 600_000

/** Why guessing passphrases is cheap with these parameters, in a sentence; `undefined` when it is not. */
export function weakness(kdf: KdfParameters): string | undefined {
  const number = (field: string): number => Number(kdf[field] ?? 0)
  const checks: Readonly<Record<string, () => string | undefined>> = {
    argon2id() {
      const passes = Math.max(1, Math.min(number('passes'), leastArgon2MemoryKiB.length))
      const least = leastArgon2MemoryKiB[passes - 1]!
      const found = number('memoryKiB')
      if (found < least) return `Argon2id with ${number('passes')} passes has ${found} KiB of memory; ${least} is the least.`
      return undefined
    },
    scrypt() {
      const least = (leastScryptCost.find(([parallel]) => number('parallel') >= parallel)?.[1] ?? 2 ** 17) * 8
      const found = number('cost') * number('blockSize')
      return found < least ? `scrypt has cost ${number('cost')} and block size ${number('blockSize')}; their product is to be ${least} at least.` : undefined
    },
    'pbkdf2-sha256': () =>
      number('iterations') < leastIterations ? `PBKDF2 has ${number('iterations')} iterations; ${leastIterations} are the least.` : undefined,
  }
  return Object.hasOwn(checks, kdf.name) ? checks[kdf.name]!() : undefined
}
