import type { KeyProvider } from '../../contract/key.ts'
import type { Argon2Cost, ScryptCost } from '../../contract/runtime.ts'
import { contract } from '../../contract/version.ts'
import { BackupError } from '../../errors.ts'
import { freshSalt, readSalt } from './kdf-salt.ts'
import { isPassphraseKdf, passphraseKdfs } from './passphrase-kdf.ts'

/**
 * How a passphrase becomes a key in slots written from now on; existing slots say for themselves. What is
 * left out has a default: Argon2id with 65,536 KiB, 3 passes and 4 lanes (RFC 9106, second recommended
 * option), scrypt with cost 131,072, block size 8 and 1 lane, PBKDF2 with 600,000 iterations.
 */
export type PassphraseOptions =
  | ({ readonly kdf?: 'argon2id' } & Partial<Argon2Cost>)
  | ({ readonly kdf: 'scrypt' } & Partial<ScryptCost>)
  | { readonly kdf: 'pbkdf2-sha256'; readonly iterations?: number }

/**
 * Opens the repository with a passphrase.
 *
 * The text is normalised (Unicode NFKC), so the same passphrase typed on another system is the same; blanks
 * and capitals count. A choice of six or more random words is good.
 *
 * @throws `config` for an empty passphrase, an unknown option, or numbers outside of FORMAT.md §5.2.
 *
 * @example
 * ```ts
 * createBackup({ source, providers, keys: passphrase(process.env.BACKUP_PASSPHRASE) })
 * ```
 */
export function passphrase(text: string | undefined, options: PassphraseOptions = {}): KeyProvider {
  if (typeof text !== 'string' || text === '') {
    throw new BackupError('config', 'The passphrase is empty.', {
      key: 'keys',
      hint: 'Give passphrase() a text; if it comes from an environment variable, check that the variable is set.',
    })
  }
  const { kdf: name = 'argon2id', ...chosen } = options
  if (!isPassphraseKdf(name)) {
    throw new BackupError('config', `passphrase() knows no key derivation "${String(name)}".`, {
      key: 'kdf',
      hint: `Use one of: ${Object.keys(passphraseKdfs).join(', ')}.`,
    })
  }
  const kdf = passphraseKdfs[name]
  const unknown = Object.keys(chosen).find((field) => !kdf.fields.includes(field))
  if (unknown !== undefined) {
    throw new BackupError('config', `passphrase() has no option "${unknown}" for ${name}.`, {
      key: unknown,
      hint: `Its options are: ${kdf.fields.join(', ')}.`,
    })
  }
  const cost = kdf.choose(chosen)
  const secret = new TextEncoder().encode(text.normalize('NFKC'))

  return {
    contract,
    name: 'passphrase',
    slotKind: 'passphrase',
    async create({ crypto }) {
      const salt = freshSalt(crypto)
      return {
        kdf: { name, ...cost, salt: salt.text },
        key: await kdf.derive(crypto, secret, salt.bytes, cost),
      }
    },
    async derive(stored, { crypto }) {
      if (!isPassphraseKdf(stored.name)) {
        throw new BackupError('unsupported', `A passphrase slot uses the key derivation "${stored.name}".`)
      }
      return passphraseKdfs[stored.name].derive(crypto, secret, readSalt(stored), stored)
    },
  }
}
