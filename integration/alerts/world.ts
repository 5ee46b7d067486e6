import { type Backup, type BackupConfig, type BackupSource, createBackup, type KeyProvider, portableRuntime, rawKey } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { type MemorySource, memorySource, seededRandom } from '@backup/core/testing'
import { onTestFinished, vi } from 'vitest'
import { type Inbox, inbox, type InboxOptions } from './inbox.ts'
import { type Place, place } from './place.ts'

/** A shop with a database, a disk and an account somewhere else, years in which anything can happen, and somebody who is told. */
export interface World {
  backup: Backup
  readonly inbox: Inbox
  readonly data: MemorySource
  readonly ails: Ailments
  readonly disk: Place
  readonly cloud: Place
  /** The program is ended and started anew, perhaps with other options. */
  restart(more?: Partial<BackupConfig>): Promise<void>
  /** Another program at the same repository, which knows nothing of this one and tells nobody. */
  another(): Backup
  pass(ms: number): void
  setClock(date: Date): void
  now(): Date
}

/** What may be wrong with the source. */
export interface Ailments {
  /** Reading it, and writing it back, takes so long. */
  slowMs: number
  /** What it finds wrong with its own data. */
  suspect: string | undefined
}

export const minute = 60_000
export const hour: number = 60 * minute
export const day: number = 24 * hour

export const key = (secret: number): KeyProvider => rawKey(new Uint8Array(32).fill(secret))

/** Far away, so that only what a test is about falls due. */
const calm = { rpo: '9999d', verify: '9999d', drill: '9999d' } as const

export interface WorldOptions extends InboxOptions {
  readonly config?: Partial<BackupConfig>
  /** Another source that the same people are told of. */
  readonly label?: string
  readonly inbox?: Inbox
}

let worlds = 0

/** There is a repository with both providers, and nothing in it yet. */
export async function world({ config = {}, label = 'store.db', inbox: shared, ...options }: WorldOptions = {}): Promise<World> {
  const told = shared ?? (await inbox(options))
  const number = ++worlds
  const [disk, cloud] = [place('disk', `disk:${number}`, true), place('cloud', `cloud:${number}`, false)]
  const data = memorySource({ main: text(300_000) })
  const ails: Ailments = { slowMs: 0, suspect: undefined }
  let now = Date.UTC(2031, 0, 1)
  const pass = (ms: number): void => {
    now += ms
    passedMs += ms
  }
  const open = (more: Partial<BackupConfig>): Backup =>
    createBackup({
      source: ailing({ ...data, label }, data, ails, pass),
      providers: [disk, cloud],
      keys: key(1),
      notify: told.notify,
      clock: () => new Date(now),
      zone: 'UTC',
      // In memory: it outlives the backup, and not the test.
      runtime: { ...nodeRuntime, openState: portableRuntime.openState },
      state: `alerts ${number}`,
      workers: 0,
      ...config,
      ...more,
      targets: { ...calm, ...config.targets, ...more.targets },
    })
  const self: World = {
    backup: open({}),
    inbox: told,
    data,
    ails,
    disk,
    cloud,
    async restart(more = {}) {
      await self.backup.close()
      self.backup = open(more)
    },
    another: () => open({ state: `alerts ${++worlds}`, notify: [] }),
    pass,
    setClock: (date) => void (now = date.getTime()),
    now: () => new Date(now),
  }
  onTestFinished(() => self.backup.close())
  await self.backup.init()
  return self
}

/** A first backup, with both providers. */
export async function used(options?: WorldOptions): Promise<World> {
  const made = await world(options)
  await made.backup.run()
  await made.backup.sync()
  return made
}

let passedMs = 0

/** How long something takes is measured by the clock that nobody can set; when time passes in a test, it passes there too. */
export function passTime(): void {
  const real = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => real() + passedMs)
}

function ailing(source: BackupSource, data: MemorySource, ails: Ailments, pass: (ms: number) => void): BackupSource {
  return {
    ...source,
    async open(context) {
      pass(ails.slowMs)
      const view = await data.open(context)
      const { suspect } = ails
      return { ...view, finish: async () => ({ ...(await view.finish()), ...(suspect !== undefined && { suspect }) }) }
    },
    async restore(context) {
      pass(ails.slowMs)
      return data.restore(context)
    },
  }
}

/** What another machine does with the same repository. */
export async function elsewhere(world: World, work: (backup: Backup) => PromiseLike<unknown>): Promise<void> {
  const other = world.another()
  await work(other)
  await other.close()
}

/** Text that compresses as text does. */
export function text(length: number): Uint8Array {
  let lines = ''
  for (let line = 0; lines.length < length; line++) lines += `${line}\tInvoice ${line * 7919}\tpaid\t${(line * 31) % 977}.50\n`
  return new TextEncoder().encode(lines.slice(0, length))
}

/** What nobody can compress. */
export function noise(length: number, seed: number): Uint8Array {
  return seededRandom(seed).bytes(length)
}

/** The same in letters, of which half is superfluous. */
export function printed(length: number, seed: number): Uint8Array {
  return new TextEncoder().encode(Buffer.from(noise(length / 2, seed)).toString('hex'))
}
