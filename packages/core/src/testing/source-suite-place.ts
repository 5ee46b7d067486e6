import type { BackupError, ErrorKind } from '../errors.ts'
import { fails, holds, same } from './provider-suite-place.ts'
import type { SourceFixture } from './source-suite-fixture.ts'
import { type SourceUser, sourceUser, type Streams } from './source-suite-user.ts'

export interface SourceTest {
  readonly name: string
  readonly run: (place: SourcePlace) => Promise<void>
}

/** What a test has at hand. */
export interface SourcePlace extends SourceUser {
  readonly fixture: SourceFixture
  /** The call must fail with one of these kinds. */
  refuses(kind: ErrorKind, call: () => Promise<unknown>): Promise<void>
  /** What lies at a place must be this; `undefined`: nothing. */
  lies(place: string, expected: Streams | undefined, when: string): Promise<void>
  /** Nothing may lie about that did not before. */
  withoutTrace(work: () => Promise<void>): Promise<void>
}

export function enterSource(fixture: SourceFixture): SourcePlace {
  return {
    ...sourceUser(fixture),
    fixture,
    refuses: fails,

    async lies(place, expected, when) {
      const found = await fixture.contents(place)
      holds(expected !== undefined || found === undefined, `${when} something lies at the place`)
      holds(expected === undefined || found !== undefined, `${when} nothing lies at the place`)
      if (expected && found) sameStreams(found, expected, `${when} what lies at the place`)
    },

    async withoutTrace(work) {
      const before = await fixture.traces?.()
      await work()
      const after = await fixture.traces?.()
      const left = after?.filter((name) => !before?.includes(name)) ?? []
      holds(left.length === 0, `it left something behind: ${left.join(', ')}`)
    },
  }
}

export function sameStreams(actual: Streams, expected: Streams, what: string): void {
  const names = (streams: Streams): string => Object.keys(streams).sort().join(', ')
  holds(names(actual) === names(expected), `${what} has the streams ${names(actual)} instead of ${names(expected)}`)
  for (const [name, bytes] of Object.entries(expected)) same(actual[name]!, bytes, `${what}, stream "${name}",`)
}

export function differ(one: Streams, other: Streams): boolean {
  try {
    sameStreams(one, other, '')
    return false
  } catch {
    return true
  }
}

/** What a snapshot came to, when it may either be right or refuse. */
export async function unlessRefused<T>(work: Promise<T>, allowed: readonly ErrorKind[]): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const { kind } = error as Partial<BackupError>
    if (kind && allowed.includes(kind)) return undefined
    throw error
  }
}
