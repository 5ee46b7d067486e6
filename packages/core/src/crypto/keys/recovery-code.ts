import { sha256 } from '@noble/hashes/sha2.js'
import type { KeyProvider } from '../../contract/key.ts'
import type { Crypto } from '../../contract/runtime.ts'
import { contract } from '../../contract/version.ts'
import { BackupError } from '../../errors.ts'

/** FORMAT.md §5.4: 160 random bits and 20 bits of checksum, five bits a symbol. */
const codeLength = 20
const symbols = 36
const groupSize = 6
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const checksumInfo = ascii('backup/1/recovery-code')
const keyInfo = ascii('backup/1/recovery')

/** A fresh code, as it is printed: `5tqz1k-…`, six groups of six symbols. */
export function createRecoveryCode(crypto: Crypto): string {
  return formatRecoveryCode(crypto.random(codeLength))
}

/** The 20 bytes of a code as it is printed. */
export function formatRecoveryCode(code: Uint8Array): string {
  const bytes = [...code, ...checksum(code)]
  let text = ''
  for (let at = 0; at < symbols; at++) {
    if (at > 0 && at % groupSize === 0) text += '-'
    const bit = at * 5
    const pair = (bytes[bit >> 3]! << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    text += alphabet[(pair >> (11 - (bit & 7))) & 31]!
  }
  return text
}

/**
 * The 20 bytes of a code as somebody typed it: capitals, blanks and dashes do not matter, `i` and `l` are
 * read as `1` and `o` as `0`.
 *
 * @throws `config` with a message that says what is wrong (a symbol, the length, or the checksum) and where,
 * but never repeats the code.
 */
export function parseRecoveryCode(text: string): Uint8Array {
  const typed = text.replace(/[\s\p{Pd}]/gu, '').toLowerCase()
  const values = Array.from(typed, (symbol) => alphabet.indexOf(lookalikes[symbol] ?? symbol))
  const bad = values.indexOf(-1)
  if (bad >= 0) {
    const place = `symbol ${(bad % groupSize) + 1} of group ${Math.floor(bad / groupSize) + 1}`
    throw mistyped(`${place} is not a letter or digit that recovery codes use (no "u", no punctuation)`)
  }
  if (values.length !== symbols) {
    throw mistyped(
      `it has ${values.length} symbols, and a recovery code has ${symbols}, in six groups of six`,
    )
  }
  const bytes = fromSymbols(values)
  const code = bytes.slice(0, codeLength)
  const expected = checksum(code)
  if (!expected.every((byte, at) => byte === bytes[codeLength + at])) {
    throw mistyped('its checksum does not fit: at least one symbol is another one, or two changed places')
  }
  return code
}

/**
 * Opens the repository with the recovery code that was shown when the repository was made.
 *
 * @throws `config` for a mistyped code: it carries a checksum.
 *
 * @example
 * ```ts
 * createBackup({ source, providers, keys: recoveryCode('5tqz1k-…') })
 * ```
 */
export function recoveryCode(text: string): KeyProvider {
  if (typeof text !== 'string') throw mistyped('it is not a text')
  const code = parseRecoveryCode(text)
  return {
    contract,
    name: 'recovery-code',
    slotKind: 'recovery',
    async create({ crypto, repository }) {
      return { kdf: { name: 'recovery' }, key: crypto.hkdf(code, repository, keyInfo) }
    },
    async derive({ name }, { crypto, repository }) {
      if (name === 'recovery') return crypto.hkdf(code, repository, keyInfo)
      throw new BackupError('unsupported', `A recovery slot uses the key derivation "${name}".`)
    },
  }
}

const lookalikes: Readonly<Record<string, string>> = { i: '1', l: '1', o: '0' }

/** 20 bits, in three bytes whose last four bits are zero. */
function checksum(code: Uint8Array): Uint8Array {
  const hash = sha256.create().update(checksumInfo).update(code).digest()
  return Uint8Array.of(hash[0]!, hash[1]!, hash[2]! & 0xf0)
}

function fromSymbols(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(codeLength + 3)
  values.forEach((value, at) => {
    const bit = at * 5
    const pair = value << (11 - (bit & 7))
    bytes[bit >> 3]! |= pair >> 8
    bytes[(bit >> 3) + 1]! |= pair & 0xff
  })
  return bytes
}

function mistyped(what: string): BackupError {
  return new BackupError('config', `The recovery code is mistyped: ${what}.`, {
    key: 'keys',
    hint: 'Compare it with the print-out, group by group.',
  })
}
