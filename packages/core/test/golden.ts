import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type KeyProvider, passphrase, rawKey, recoveryCode } from '../src/index.ts'
import { memoryProvider, type MemoryProvider } from '../src/testing/index.ts'
import type { Golden } from '../scripts/golden/write-golden.ts'

const goldenFolder = fileURLToPath(new URL('./golden/v1', import.meta.url))

export const goldenNames: readonly string[] = readdirSync(goldenFolder).sort()

export interface GoldenRepository extends Golden {
  /** Where it lies. */
  readonly folder: string
  /** A copy that a test may do with what it likes. */
  copy(): MemoryProvider
  /** One provider for each secret that opens it. */
  readonly keys: Readonly<Record<string, KeyProvider>>
  /** The same for the restore program. */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Of all that lies there, names and contents. */
  readonly sha256: string
}

export function readGolden(name: string): GoldenRepository {
  const folder = join(goldenFolder, name, 'repository')
  const expected = JSON.parse(readFileSync(join(goldenFolder, name, 'expected.json'), 'utf8')) as Golden
  const objects = new Map(filesBelow(folder).map((path) => [path, Uint8Array.from(readFileSync(join(folder, path)))]))
  const { passphrase: words, keyHex, recoveryCode: code } = expected.secrets
  const hash = createHash('sha256').update(JSON.stringify(expected))
  for (const [path, bytes] of objects) hash.update(`${path} ${bytes.length}\n`).update(bytes)
  return {
    ...expected,
    folder,
    copy: () => memoryProvider({ store: { objects: new Map(objects), created: true } }),
    keys: {
      ...(words && { passphrase: passphrase(words) }),
      ...(keyHex && { 'raw key': rawKey(Uint8Array.from(Buffer.from(keyHex, 'hex'))) }),
      'recovery code': recoveryCode(code),
    },
    environments: {
      ...(words && { passphrase: { BACKUP_PASSPHRASE: words } }),
      ...(keyHex && { 'raw key': { BACKUP_KEY: keyHex } }),
      'recovery code': { BACKUP_RECOVERY_CODE: code },
    },
    sha256: hash.digest('hex'),
  }
}

/** Paths from there, with slashes, in an order that is the same everywhere. */
function filesBelow(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile())
  return paths.map((path) => path.replaceAll('\\', '/')).sort()
}
