import { BackupError } from '../errors.ts'

/**
 * Runs a key derivation whose numbers are within the limits. What can still fail is the machine: too little
 * memory.
 *
 * @throws `unsupported`
 */
export async function deriving(kdf: string, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await work()
  } catch (cause) {
    throw new BackupError('unsupported', `${kdf} failed on this machine, with parameters that are allowed.`, {
      cause,
      hint: 'Most likely there is too little memory; try on a larger machine, or with the Node runtime.',
    })
  }
}
