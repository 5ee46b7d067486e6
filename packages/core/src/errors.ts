/**
 * What went wrong, in one word. Code decides on the kind, people read the message and the hint.
 *
 * | kind | what happened | worth a retry |
 * | --- | --- | --- |
 * | `config` | an option is missing, of the wrong type or contradicts another | no |
 * | `not-found` | the named object, snapshot or stream does not exist | no |
 * | `exists` | something is already there and would have to be replaced | no |
 * | `target-missing` | the place where objects live is not there: unmounted disk, deleted folder | no |
 * | `not-a-repository` | the place is there and holds no repository | no |
 * | `auth` | credentials are refused or expired, or rights are missing | no |
 * | `quota` | the store or disk is full | no |
 * | `throttled` | the provider asks for fewer requests; `retryAfterMs` says how long to wait | yes |
 * | `transient` | network, time-out, 5xx: likely to work again | yes |
 * | `busy` | somebody else holds what is needed, for now | yes |
 * | `range` | bytes were asked for that the object does not have | no |
 * | `corrupt` | bytes are not what was stored | no |
 * | `key` | no key opens this: wrong passphrase, wrong code, key of another epoch | no |
 * | `unsupported` | a newer format, an unknown codec, something this runtime cannot do | no |
 * | `source` | the thing to back up cannot be read consistently | no |
 * | `cancelled` | the caller's `AbortSignal` fired | no |
 * | `permanent` | refused for a reason no retry changes | no |
 */
export type ErrorKind =
  | 'config'
  | 'not-found'
  | 'exists'
  | 'target-missing'
  | 'not-a-repository'
  | 'auth'
  | 'quota'
  | 'throttled'
  | 'transient'
  | 'busy'
  | 'range'
  | 'corrupt'
  | 'key'
  | 'unsupported'
  | 'source'
  | 'cancelled'
  | 'permanent'

/** Everything that may be said about a failure. Secrets never belong in any of these. */
export interface BackupErrorOptions {
  /** The plugin that failed, by its `name`. */
  plugin?: string
  /** The object, path or option concerned. */
  key?: string
  /** What the reader can do about it; a default for the kind is used otherwise. */
  hint?: string
  /** Wait at least this long before trying again, in milliseconds. */
  retryAfterMs?: number
  /** Overrides the kind's default. */
  retryable?: boolean
  /**
   * What was to be changed is not as it was before, or nobody can tell; the hint then says how to get back. Everything else that fails
   * leaves what it was about as it was. @default false
   */
  altered?: boolean
  cause?: unknown
}

const kinds: Readonly<Record<ErrorKind, readonly [retryable: boolean, hint: string]>> = {
  config: [false, 'Correct the option and start again.'],
  'not-found': [false, 'List what is there and check the name.'],
  exists: [false, 'Choose another name, or remove what is there if it is not needed.'],
  'target-missing': [false, 'Mount the disk or restore the folder; it is never created anew by itself.'],
  'not-a-repository': [false, 'Check the place; if it is meant to become a repository, call init() once.'],
  auth: [false, 'Sign in again or check the rights of the account.'],
  quota: [false, 'Free space or use a larger store; nothing that was stored is lost.'],
  throttled: [true, 'Wait and try again; lower the concurrency if it keeps happening.'],
  transient: [true, 'Try again.'],
  busy: [true, 'Try again when the other side is done.'],
  range: [false, 'The object is shorter than expected; verify the repository.'],
  corrupt: [false, 'Fetch the object from another copy; run verify to see what else is concerned.'],
  key: [false, 'Check the passphrase, key or recovery code.'],
  unsupported: [false, 'Use a newer version, or a runtime that has what is needed.'],
  source: [false, 'Nothing was stored as a snapshot; correct the source and run again.'],
  cancelled: [false, 'Run again when you like; what was already stored is used again.'],
  permanent: [false, 'See the cause.'],
}

const marker: unique symbol = Symbol.for('@backup/error') as never

/**
 * The one error of all `@backup` packages.
 *
 * Recognise it with {@link BackupError.is}, not with `instanceof`: two copies of this package in one program make two
 * classes, and one marker.
 *
 * @example
 * ```ts
 * try {
 *   await backup.run()
 * } catch (error) {
 *   if (BackupError.is(error, 'target-missing')) console.log('Please plug in the disk.')
 *   else throw error
 * }
 * ```
 */
export class BackupError extends Error {
  override readonly name: string = 'BackupError'
  readonly kind: ErrorKind
  readonly retryable: boolean
  readonly hint: string
  readonly docs: string
  readonly plugin?: string
  readonly key?: string
  readonly retryAfterMs?: number
  /** What was to be changed is not as it was before, or nobody can tell; absent where it is. */
  readonly altered?: true

  constructor(kind: ErrorKind, message: string, options: BackupErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const [retryable, hint] = kinds[kind]
    this.kind = kind
    this.retryable = options.retryable ?? retryable
    this.hint = options.hint ?? hint
    this.docs = `README.md#error-${kind}`
    if (options.plugin !== undefined) this.plugin = options.plugin
    if (options.key !== undefined) this.key = options.key
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
    if (options.altered) this.altered = true
    Object.defineProperty(this, marker, { value: true })
  }

  /** Is this one of ours, and (if given) of one of these kinds? */
  static is(error: unknown, ...wanted: ErrorKind[]): error is BackupError {
    if (typeof error !== 'object' || error === null || !(marker in error)) return false
    return wanted.length === 0 || wanted.includes((error as object as BackupError).kind)
  }
}

/** Throws `cancelled` if the signal has fired. Call it before each step that costs something. */
export function throwIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (!signal?.aborted) return
  throw new BackupError('cancelled', `Cancelled while ${doing}.`, { cause: signal.reason })
}
