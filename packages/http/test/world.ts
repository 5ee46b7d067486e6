import {
  type Backup,
  type BackupSource,
  BackupError,
  type RetentionPolicy,
  type Scheduler,
  backupJobs,
  createBackup,
  createScheduler,
  keepDaily,
  portableRuntime,
  rawKey,
} from '@backup/core'
import { type MemoryProvider, type MemorySource, memoryProvider, memorySource } from '@backup/core/testing'
import { type WebAccount, google, memoryTokenStore, webAccount } from '@backup/oauth'
import { type BackupHandler, type BackupHandlerOptions, type Grant, createBackupHandler } from '../src/index.ts'
import { type Vendor, startVendor } from './vendor.ts'

/** An application with a backup, and people who use it. */
export interface World {
  readonly handler: BackupHandler
  readonly backup: Backup
  readonly source: MemorySource
  readonly providers: readonly [near: MemoryProvider, far: MemoryProvider]
  readonly scheduler: Scheduler
  readonly vendor: Vendor
  readonly account: WebAccount
  /** What nobody but the program is told. */
  readonly errors: unknown[]
  /** Restores stop half-way until it is opened. */
  readonly gate: Gate
  /** Moves the clock of the handler. */
  later(ms: number): void
  /** From now on the places can only be read. @returns how often something was to be written */
  refuseWrites(): () => number
  /** Makes the newest snapshot one whose data was found damaged. */
  findDamage(): Promise<void>
  close(): Promise<void>
}

interface Gate {
  shut(): void
  open(): void
  /** Somebody waits before it. */
  readonly reached: Promise<void>
}

export interface WorldOptions extends Partial<BackupHandlerOptions> {
  /** Nobody has called `init()` yet. */
  readonly isNew?: boolean
  readonly retention?: RetentionPolicy
  readonly source?: Partial<BackupSource>
}

/** Who signs in with `Authorization: Bearer <name>`. */
const people: Readonly<Record<string, Grant>> = {
  olga: { actor: 'olga', role: 'owner' },
  otto: { actor: 'otto', role: 'owner' },
  victor: { actor: 'victor', role: 'viewer' },
  oscar: { actor: 'oscar', role: 'operator' },
  rita: { actor: 'rita', role: 'restorer' },
}

export const files: Readonly<Record<'invoices.csv' | 'notes/readme.txt', Uint8Array>> = { 'invoices.csv': new Uint8Array(200_000).map((_, at) => (at * 7919) % 251), 'notes/readme.txt': new TextEncoder().encode('Keep the invoices.') }

export async function createWorld({ isNew = false, retention = keepDaily({ days: 30 }), source: more, ...options }: WorldOptions = {}): Promise<World> {
  let shiftMs = 0
  const clock = (): Date => new Date(Date.now() + shiftMs)
  const gate = createGate()
  const source = memorySource(files)
  const slow = withGate(withEntries(Object.assign(source, more)), gate)
  const providers = [memoryProvider({ location: 'memory:near' }), memoryProvider({ location: 'memory:far' })] as const
  const vendor = await startVendor()
  const account = webAccount({
    issuer: { ...google, ...vendor.endpoints },
    clientId: 'shop',
    clientSecret: 'SECRET-client',
    store: memoryTokenStore(),
    account: 'owner@example.com',
    redirectUrl: 'https://shop.example.com/api/backup/oauth/callback',
  })
  const backup = createBackup({
    source: slow,
    providers,
    keys: rawKey(new Uint8Array(32).fill(7)),
    runtime: portableRuntime,
    state: crypto.randomUUID(),
    workers: 0,
    retention,
    schedule: { every: '15m' },
    zone: 'UTC',
  })
  if (!isNew) await backup.init()
  const scheduler = createScheduler({ jobs: backupJobs(backup, { prune: { daily: '03:00' } }), zone: 'UTC' })
  const errors: unknown[] = []
  const handler = createBackupHandler(backup, {
    authorize: (request) => people[request.headers.get('authorization')?.replace('Bearer ', '') ?? ''],
    scheduler,
    accounts: { drive: { account, providers: [providers[1]] } },
    allowPlace: (place) => place.startsWith('trial-'),
    metrics: { contentType: 'text/plain; version=0.0.4', render: () => 'backup_runs_total 1\n' },
    clock,
    onError: (error) => void errors.push(error),
    ...options,
  })
  return {
    handler,
    backup,
    source,
    providers,
    scheduler,
    vendor,
    account,
    errors,
    gate,
    later: (ms) => void (shiftMs += ms),
    refuseWrites() {
      let count = 0
      for (const provider of providers) {
        provider.put = () => {
          count++
          return Promise.reject(new BackupError('auth', 'This place can only be read.', { plugin: 'memory' }))
        }
      }
      return () => count
    },
    async findDamage() {
      // A pack of the newest snapshot is not what it should be, anywhere; `verify` finds that out.
      for (const { objects } of providers) {
        for (const [key, bytes] of objects) if (key.startsWith('packs/')) objects.set(key, bytes.map((byte) => byte ^ 1))
      }
      const { ok } = await backup.verify({ depth: 'data' })
      if (ok) throw new Error('The damage was not found.')
      for (const { objects } of providers) {
        for (const [key, bytes] of objects) if (key.startsWith('packs/')) objects.set(key, bytes.map((byte) => byte ^ 1))
      }
    },
    async close() {
      gate.open()
      handler.close()
      await scheduler.stop()
      await backup.close()
      await vendor.close()
    },
  }
}

/** As the source of a tree has them. */
function withEntries(source: MemorySource): MemorySource {
  return Object.assign(source, {
    async *browse({ names }) {
      yield { path: 'notes', type: 'folder', sizeBytes: 0 }
      for (const name of names) {
        const length = source.streams.get(name)?.length ?? 0
        yield { path: name, type: 'file', sizeBytes: length, content: { stream: name, offset: 0, length } }
      }
    },
  } satisfies Pick<BackupSource, 'browse'>)
}

function withGate(source: MemorySource, gate: Gate & { pass(): Promise<void> }): MemorySource {
  const { restore } = source
  return Object.assign(source, {
    async restore(context) {
      const sink = await restore(context)
      return {
        ...sink,
        async open(stream) {
          await gate.pass()
          return sink.open(stream)
        },
      }
    },
  } satisfies Pick<BackupSource, 'restore'>)
}

function createGate(): Gate & { pass(): Promise<void> } {
  let opened = deferred()
  let reached = deferred()
  opened.resolve()
  return {
    shut() {
      opened = deferred()
      reached = deferred()
    },
    open: () => opened.resolve(),
    get reached() {
      return reached.promise
    },
    async pass() {
      reached.resolve()
      await opened.promise
    },
  }
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
