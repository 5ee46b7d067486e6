import { randomBytes, scrypt as scryptOf } from 'node:crypto'
import { readFile, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Timers } from '@backup/core'
import { refusedOption } from './client.ts'
import { replaceFile } from './durable-file.ts'
import { codeOf, fsError } from './fs-error.ts'
import { lockFile } from './lock-file.ts'
import { damaged, derivationOf, seal, unseal, type Derivation, type ScryptParameters } from './sealed.ts'
import { timeOf } from './time.ts'
import type { TokenStore } from './token-store.ts'
import { isTokens, type Tokens } from './tokens.ts'

export interface FileTokenStoreOptions {
  /** 32 random bytes, best kept in the key store of the system, or a passphrase (stretched with scrypt). */
  readonly key: Uint8Array | string
  /** For waiting on the lock. [the system's] */
  readonly timers?: Timers
}

/** 128 MiB and some tenths of a second, once for each process and file. */
const newScrypt: ScryptParameters = { logN: 17, r: 8, p: 1 }

const scryptAsync = promisify<string, Uint8Array, number, object, Buffer>(scryptOf)

/**
 * Keeps tokens in a file that AES-256-GCM protects, readable for this account alone (mode 0600), replaced
 * whole and durably. Processes that share the file take turns with a lock file beside it, `<path>.lock`.
 *
 * @throws `config`; its methods: `key` for a wrong key, `corrupt` for a damaged file, `auth` and `quota` for
 * what the system refuses
 *
 * @example
 * ```ts
 * fileTokenStore('/var/lib/shop/google.tokens', { key: process.env.TOKEN_PASSPHRASE })
 * ```
 */
export function fileTokenStore(path: string, options: FileTokenStoreOptions): TokenStore {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw refusedOption('fileTokenStore', 'path', 'the path of a file')
  }
  const file = resolve(path)
  const keyOf = keyMaker(options.key)
  const own: Derivation = {
    ...(typeof options.key === 'string' && { scrypt: newScrypt }),
    salt: randomBytes(16),
  }
  let known: Derivation | undefined
  const lock = lockFile(`${file}.lock`, timeOf({ ...(options.timers && { timers: options.timers }) }).timers)

  return {
    lock,
    async read() {
      const sealed = await readFile(file).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined
        throw fsError(error, 'read', file)
      })
      if (!sealed) return undefined
      const derivation = derivationOf(sealed, file)
      const plain = unseal(sealed, await keyOf(derivation), file)
      known = derivation
      return tokensIn(plain, file)
    },
    async write(tokens) {
      if (!isTokens(tokens)) throw refusedOption('write', 'tokens', 'what a sign-in returned')
      // The salt of the passphrase stays, so that no process has to stretch it again.
      const derivation = known?.scrypt && own.scrypt ? known : own
      const plain = Buffer.from(JSON.stringify(tokens))
      try {
        await replaceFile(file, seal(plain, await keyOf(derivation), derivation))
      } catch (error) {
        throw fsError(error, 'write', file)
      }
    },
    async remove() {
      await unlink(file).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw fsError(error, 'remove', file)
      })
    },
  }
}

/** Remembers the last key: stretching is slow, and the salt rarely changes. */
function keyMaker(secret: unknown): (derivation: Derivation) => Promise<Uint8Array> {
  const isRaw = secret instanceof Uint8Array && secret.length === 32
  if (!isRaw && !(typeof secret === 'string' && secret !== '')) {
    throw refusedOption('fileTokenStore', 'key', '32 bytes or a passphrase')
  }
  const raw = isRaw ? Uint8Array.from(secret) : undefined
  let last: { name: string; key: Promise<Uint8Array> } | undefined
  return async ({ scrypt, salt }) => {
    // A key of the other sort opens nothing, which the check in the header then tells.
    if (raw) return raw
    const { logN, r, p } = scrypt ?? newScrypt
    const name = `${logN} ${r} ${p} ${Buffer.from(salt).toString('hex')}`
    if (last?.name !== name) {
      const limits = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r }
      last = { name, key: scryptAsync(String(secret).normalize('NFC'), Uint8Array.from(salt), 32, limits) }
    }
    return last.key
  }
}

/** The parser's own error would quote what it could not read. */
function tokensIn(plain: Uint8Array, file: string): Tokens {
  try {
    const tokens: unknown = JSON.parse(Buffer.from(plain).toString('utf8'))
    if (isTokens(tokens)) return tokens
  } catch {}
  throw damaged(file, 'it holds no tokens')
}
