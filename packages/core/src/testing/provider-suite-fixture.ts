import type { BackupProvider } from '../contract/provider.ts'

/**
 * One store under test, seen from its user and from behind. What is optional is asked for by the tests that
 * need it.
 */
export interface ProviderFixture {
  /**
   * A client of a place that nobody has used. Not opened yet; where places can be created, not created yet.
   */
  readonly provider: BackupProvider
  /** Another client of the same place, as another process would be one. Not opened yet. */
  second(): BackupProvider | Promise<BackupProvider>
  /** The faults that `inject` knows. */
  readonly faults?: readonly FixtureFault[]
  /** Makes the store fail in this way from now on. */
  inject?(fault: FixtureFault): InjectedFault | Promise<InjectedFault>
  /**
   * Leaves things of others in the place that are no objects: files, folders, odd names, trash, unfinished
   * uploads.
   */
  litter?(): Promise<void>
  /** How many requests the store has seen, refused ones included. */
  requests?(): number
  /** Lets time pass, in milliseconds, where the store has its own clock. */
  pass?(ms: number): Promise<void>
  /** Bytes of bodies that the store has received in uploads, also in those that came to nothing. */
  sentBytes?(): number
  /** Unfinished uploads of this place (sessions, parts, temporary files) that the store holds. */
  leftovers?(): Promise<number>
  /** Unfinished uploads of others, which `litter` has begun. */
  othersUploads?(): Promise<number>
  /** How often the store has given out an access token for a refresh token. */
  refreshes?(): number
  /** A body of more bytes than this goes in several requests, each of at most so many. */
  readonly chunkBytes?: number
  /** Of one upload, requests under way at the same time. [1] */
  readonly parallelChunks?: number
  /**
   * Connections that servers of the fixture hold open in this process: they are not the provider's to close.
   * [0]
   */
  sockets?(): number
  /** Clears everything away. */
  dispose?(): Promise<void>
}

/** A fault in force. */
export interface InjectedFault {
  /** How often it has spoiled a call: a test that saw no fault proves nothing. */
  happened(): number
  /** From here on the store works again. What a fault has destroyed stays so. */
  end?(): Promise<void> | void
}

/** What can go wrong with a store. Each stays in force until it ends, unless it says otherwise. */
export type FixtureFault = keyof typeof fixtureFaults

/** What else a fixture can offer. */
export type FixtureAbility = keyof typeof fixtureAbilities

export type Need = FixtureFault | FixtureAbility

export const fixtureFaults = {
  full: 'there is no room, and every upload is refused',
  'full-at-last-chunk': 'that there is no room is said when the last bytes of an upload come',
  'daily-limit': 'uploads are refused for today; reading goes on',
  denied: 'credentials or rights are refused, whatever is asked',
  suspended: 'the account is closed',
  reauth: 'the sign-in is over: the access token is refused, and so is its refresh',
  'expired-token': 'the access token has expired, once; a refresh gives another',
  'throttled-seconds': '429 or 503 with a Retry-After of 400 seconds',
  'throttled-date': '429 or 503 with a Retry-After that is an HTTP date in 400 seconds',
  'throttled-bare': '429 or 503 without a Retry-After',
  'random-errors': '30 of 100 requests fail: 5xx, resets before and after the work was done',
  'lost-reply': 'the next put is stored whole, and the connection breaks before the answer; once',
  'early-refusal': '403 for missing rights while the body is still being sent',
  'dies-mid-upload':
    'the connection breaks when more than parallelChunks chunks of an upload have come, and ever after',
  'keeps-fewer': 'the store keeps fewer bytes of a chunk than it was sent, once',
  'session-gone': 'the upload session has expired when its next chunk comes, once',
  unreachable: 'no connection',
  silence: 'requests get no answer, and connections stay open',
  'stalled-body': 'bodies stop in the middle, and connections stay open',
  trickle: 'bodies come as a byte now and then',
  cut: 'bodies break off',
  'short-body': 'bodies end early, and the connection does not break',
  'html-error': '502 with a page in HTML',
  'empty-error': '500 without a body',
  garbage: 'answers are neither JSON nor XML',
  'error-in-200': '200 with an error in its body',
  'ignores-range': '200 with the whole object for a range',
  'wrong-range': '206 with other bytes than were asked for, and a Content-Range that says so',
  flipped: 'one byte of every stored object changes, once',
  duplicates: 'every stored object is there twice under its name',
  'clock-skew': 'the clock of this machine is 20 minutes off',
} as const

export const fixtureAbilities = {
  litter: 'litter()',
  requests: 'requests()',
  pass: 'pass()',
  sentBytes: 'sentBytes()',
  leftovers: 'leftovers()',
  othersUploads: 'othersUploads()',
  refreshes: 'refreshes()',
  chunkBytes: 'chunkBytes',
} as const

/**
 * All that a fixture can offer beyond a provider, but for what it does offer, each with this reason for not
 * offering it. For `without`.
 */
export function offersNothing(
  reason: string,
  but: readonly Need[] = [],
): Readonly<Partial<Record<Need, string>>> {
  const needs = [...Object.keys(fixtureFaults), ...Object.keys(fixtureAbilities)] as Need[]
  return Object.fromEntries(needs.filter((need) => !but.includes(need)).map((need) => [need, reason]))
}

/** @throws Error when a test needs what the fixture does not offer: it must not pass unseen. */
export function checkOffer(fixture: ProviderFixture, needs: readonly Need[]): void {
  const missing = needs.filter((need) => !isOffered(fixture, need))
  if (missing.length === 0) return
  const what = missing.map((need) =>
    isFault(need) ? `the fault "${need}" (${fixtureFaults[need]})` : fixtureAbilities[need],
  )
  const toggles = missing.map((need) => `'${need}'`).join(' or ')
  throw new Error(
    `The fixture does not offer ${what.join(' and ')}. Offer it, or switch this test off and say why: ` +
      `off: { '<this test>': '…' }, or without: { ${toggles}: '…' }.`,
  )
}

function isOffered(fixture: ProviderFixture, need: Need): boolean {
  if (!isFault(need)) return fixture[need] !== undefined
  return fixture.inject !== undefined && (fixture.faults ?? []).includes(need)
}

function isFault(need: Need): need is FixtureFault {
  return need in fixtureFaults
}
