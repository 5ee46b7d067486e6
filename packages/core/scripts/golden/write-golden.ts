import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Backup, type BackupConfig, type BackupProvider, createBackup, type KeyProvider } from '../../src/index.ts'
import type { SuiteName } from '../../src/contract/suite.ts'
import { nodeRuntime } from '../../src/node/index.ts'
import { createRepository } from '../../src/repository/init.ts'
import { memoryProvider, type MemoryProvider } from '../../src/testing/index.ts'
import type { GoldenStreams } from './contents.ts'
import { goldenSource } from './golden-source.ts'

/** What a golden repository holds, and what opens it. Nothing here is secret. */
export interface Golden {
  readonly about: string
  readonly secrets: { readonly passphrase?: string; readonly keyHex?: string; readonly recoveryCode: string }
  readonly snapshots: readonly GoldenSnapshot[]
}

interface GoldenSnapshot {
  readonly id: string
  readonly note: string
  readonly streams: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>
}

export interface GoldenWriter {
  /** Takes a snapshot, an hour after the last. */
  take(note: string, streams: GoldenStreams, options?: Partial<BackupConfig>): Promise<void>
  /** The packs of this snapshot arrive, and then the writer dies. */
  dieBeforeCommit(streams: GoldenStreams, options?: Partial<BackupConfig>): Promise<void>
  rotate(secret: KeyProvider): Promise<void>
  finish(about: string, secrets: Omit<Golden['secrets'], 'recoveryCode'>): void
}

export interface GoldenOptions {
  readonly suite: SuiteName
  readonly keys: KeyProvider
  /** Files of class `restore`. */
  readonly kit: Readonly<Record<string, Uint8Array>>
}

/** Makes a repository below `folder`, snapshot by snapshot. */
export async function goldenWriter(folder: string, options: GoldenOptions): Promise<GoldenWriter> {
  const scratch = mkdtempSync(join(tmpdir(), 'golden-'))
  const provider = memoryProvider()
  await provider.open({ create: true })
  const snapshots: GoldenSnapshot[] = []
  let streams: GoldenStreams = {}
  let keys = options.keys
  let now = Date.UTC(2026, 0, 15, 20)
  let { recoveryCode } = await createRepository({
    provider,
    runtime: nodeRuntime,
    keys: [keys],
    suite: options.suite,
    now: new Date(now),
    restoreKit: options.kit,
  })

  const open = (to: BackupProvider, more: Partial<BackupConfig> = {}): Backup =>
    createBackup({
      source: goldenSource(scratch, () => streams),
      providers: [to],
      keys,
      runtime: nodeRuntime,
      workers: 0,
      state: join(scratch, 'state'),
      zone: 'Europe/Zurich',
      clock: () => new Date(now),
      ...more,
    })

  return {
    async take(note, next, more) {
      streams = next
      now += 3_600_000
      const { id } = await open(provider, more).run({ note, tags: ['golden'] })
      snapshots.push({ id, note, streams: Object.fromEntries(Object.entries(next).map(([name, { bytes }]) => [name, { size: bytes.length, sha256: sha256(bytes) }])) })
    },
    async dieBeforeCommit(next, more) {
      streams = next
      const dying: BackupProvider = {
        ...provider,
        put: async (key, ...rest) => (key.startsWith('commits/') ? Promise.reject(new Error('It died.')) : provider.put(key, ...rest)),
      }
      const outcome = await open(dying, more).run().then(() => 'committed', () => 'died')
      if (outcome !== 'died') throw new Error('It should have died.')
    },
    async rotate(secret) {
      ;({ recoveryCode } = await open(provider).keys.rotate([secret]))
      keys = secret
    },
    finish(about, secrets) {
      rmSync(scratch, { recursive: true, force: true })
      const golden: Golden = { about, secrets: { ...secrets, recoveryCode: recoveryCode! }, snapshots }
      save(folder, provider)
      writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(golden, null, 2)}\n`)
    },
  }
}

function save(folder: string, { objects }: MemoryProvider): void {
  for (const [key, bytes] of objects) {
    const path = join(folder, 'repository', key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
