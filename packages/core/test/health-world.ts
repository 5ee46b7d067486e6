import { type Backup, type BackupConfig, type BackupEvent, type BackupProvider, createBackup, type KeyProvider, type Notifier, rawKey } from '../src/index.ts'
import { BackupError } from '../src/errors.ts'
import { type MemoryProvider, memoryProvider, memorySource, type MemorySource } from '../src/testing/index.ts'
import { freshMemoryState, text, withoutFiles } from './fixtures.ts'

export const key: KeyProvider = rawKey(new Uint8Array(32).fill(9))

export interface Place extends BackupProvider {
  readonly inner: MemoryProvider
  /** Only storing fails. */
  refusal: BackupError | undefined
  fault: BackupError | undefined
}

export function place(name = 'memory', nearby = true, capacityBytes?: number): Place {
  const inner = memoryProvider(capacityBytes === undefined ? {} : { capacityBytes })
  const check = (): void => {
    if (self.fault) throw self.fault
  }
  const self: Place = {
    ...inner, inner, name, capabilities: { nearby }, fault: undefined, refusal: undefined,
    open: async (options) => (check(), inner.open(options)),
    async put(...all) {
      check()
      if (self.refusal) throw self.refusal
      await inner.put(...all)
    },
    get: async (...all) => (check(), inner.get(...all)),
    stat: async (...all) => (check(), inner.stat(...all)),
    async *list(...all) {
      check()
      yield* inner.list(...all)
    },
    delete: async (...all) => (check(), inner.delete(...all)),
    usage: async (...all) => (check(), inner.usage!(...all)),
  }
  return self
}

export interface World {
  backup: Backup
  readonly source: MemorySource
  readonly places: readonly Place[]
  readonly told: string[]
  readonly bell: { fails: boolean }
  /** Another process: what is known is what is written down. */
  restart(more?: Partial<BackupConfig>): void
  pass(ms: number): void
  setClock(date: Date): void
}

export function world(places: readonly Place[] = [place('disk'), place('cloud', false)], given: Partial<BackupConfig> = {}): World {
  let now = Date.UTC(2031, 0, 1)
  const source = memorySource({ main: text(400_000) })
  const told: string[] = []
  const bell = { fails: false }
  const notifier: Notifier = {
    contract: 1,
    name: 'bell',
    wants: ({ type }) => type.startsWith('alert-'),
    async notify(event: BackupEvent) {
      if (bell.fails) throw new Error('no line')
      if (event.type === 'alert-raised') told.push(`${event.reminder ? 'reminder' : 'raised'} ${event.alert.id.split(':')[0]}`)
      if (event.type === 'alert-cleared') told.push(`cleared ${event.alert.id.split(':')[0]}`)
    },
  }
  const state = freshMemoryState()
  const open = (more: Partial<BackupConfig> = {}): Backup => {
    const clock = (): Date => new Date(now)
    return createBackup({ source, providers: places, keys: key, runtime: withoutFiles, workers: 0, state, clock, zone: 'UTC', notify: [notifier], ...given, ...more })
  }
  const self: World = {
    backup: open(), source, places, told, bell,
    restart: (more) => void (self.backup = open(more)),
    pass: (ms) => void (now += ms),
    setClock: (date) => void (now = date.getTime()),
  }
  return self
}

export const idsOf = async ({ backup }: World): Promise<string[]> => (await backup.health()).reasons.map(({ id }) => id.split(':')[0]!)
export const down = (): BackupError => new BackupError('auth', 'The account is suspended.', { plugin: 'memory' })

export async function used(given?: Parameters<typeof world>): Promise<World> {
  const made = world(...(given ?? []))
  await made.backup.init()
  await made.backup.run()
  await made.backup.sync()
  return made
}
