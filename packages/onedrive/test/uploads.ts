import type { AccountKind } from '@backup-internal/fakes/microsoft'
import type { Fault, IncomingHead } from '@backup-internal/fakes/wire'
import type { BackupProvider } from '@backup/core'
import { memoryJournal, type MemoryJournal } from '@backup/core/testing'
import { createHash, randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { OneDriveOptions } from '../src/index.ts'
import { checkOptions } from '../src/options.ts'
import { providerFor } from '../src/provider.ts'
import { account, type Account } from './account.ts'

// What tests of uploads need: a place, a journal that processes share, and a view of what arrived.

export const key = 'packs/0a/0a01'
/** OneDrive counts in these; the true size of a part is 32 of them, which the conformance suite sends. */
export const unit: number = 320 * 1024
export const part: number = 4 * unit
/** Two whole parts and a rest. */
export const body: Buffer = randomBytes(2 * part + 2 * unit + 7)
export const stored: string = createHash('sha256').update(body).digest('hex')

export interface Outcome {
  readonly digest: string
  readonly names: readonly string[]
  readonly sessions: number
  readonly notes: number
}

/** `body` is there: whole, once, and nothing beside it. */
export const storedOnce: Outcome = { digest: stored, names: ['0a01'], sessions: 0, notes: 0 }

export interface Uploads {
  readonly own: Account
  readonly journal: MemoryJournal
  /** A fresh account and its first program. No token may have gone astray when the test ends. */
  begin(kind?: AccountKind, options?: Partial<OneDriveOptions>): Promise<BackupProvider>
  /** Another process with the same journal. */
  again(): Promise<BackupProvider>
  /** The `Content-Range` of each part that arrived. */
  fragments(): string[]
  requests(method: string, path: RegExp): IncomingHead[]
  fileNames(): string[]
  /** The fault for the n-th request that fits, from 1. */
  at(fits: (head: IncomingHead) => boolean, number: number, fault: Fault): void
  /** What it came to, when all faults are over. */
  outcome(provider: BackupProvider): Promise<Outcome>
}

export const isFragment = ({ method, url }: IncomingHead): boolean =>
  method === 'PUT' && url.pathname.startsWith('/upload/')

export const rangeOf = (first: number, end: number): string => `bytes ${first}-${end - 1}/${body.length}`

/** A provider whose parts are small, so that tests are quick. */
export function withSmallParts(options: OneDriveOptions): BackupProvider {
  return providerFor({ ...checkOptions(options), singleBytes: 100_000, largestFragment: part })
}

export async function digestOf(provider: BackupProvider): Promise<string> {
  return createHash('sha256')
    .update(await provider.get(key))
    .digest('hex')
}

export function uploads(): Uploads {
  let own: Account | undefined
  let journal = memoryJournal()

  const self: Uploads = {
    get own() {
      if (!own) throw new Error('begin() comes first.')
      return own
    },
    get journal() {
      return journal
    },
    async begin(kind = 'personal', options = {}) {
      const fresh = await account({ kind }, options)
      own = fresh
      journal = memoryJournal()
      onTestFinished(async () => {
        await fresh[Symbol.asyncDispose]()
        if (fresh.fake.leaks() > 0) throw new Error('A token went to where none belongs.')
      })
      const provider = withSmallParts(own.options)
      await provider.open({ create: true, journal })
      return provider
    },
    async again() {
      const provider = withSmallParts({ ...self.own.options, auth: self.own.process() })
      await provider.open({ journal })
      return provider
    },
    fragments: () =>
      self.own.fake.server.arrived
        .filter(isFragment)
        .map(({ headers }) => headers.get('content-range') ?? ''),
    requests: (method, path) =>
      self.own.fake.server.arrived.filter((head) => head.method === method && path.test(head.url.pathname)),
    fileNames: () => self.own.fake.items.files().map(({ name }) => name),
    at(fits, number, fault) {
      let seen = 0
      self.own.fake.server.fail((head) => (fits(head) && ++seen === number ? fault : undefined))
    },
    async outcome(provider) {
      self.own.fake.server.fail(() => undefined)
      return {
        digest: await digestOf(provider),
        names: self.fileNames(),
        sessions: self.own.fake.sessions.alive().length,
        notes: journal.notes.size,
      }
    },
  }
  return self
}
