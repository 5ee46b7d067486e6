import { BackupError } from '@backup/core'

export interface S3Options {
  /** The bucket; it may hold other things too. */
  readonly bucket: string
  /**
   * Where the bucket lies. With an `endpoint` it is only a word that both sides sign with.
   * [what the SDK finds; with an `endpoint` `'us-east-1'`]
   */
  readonly region?: string
  /**
   * The server, if it is not that of AWS: `'https://s3.example.org'`. Buckets are then parts of the path.
   * [the environment: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`; AWS]
   */
  readonly endpoint?: string
  /** Keys, or a function that brings them and is asked again before they expire. [what the SDK finds] */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>)
  /**
   * A path in front of every key, so that a bucket can hold several repositories: `'shops/berlin'`. [none]
   */
  readonly prefix?: string
  /** The storage class of packs. All else is small, often read and stays in the bucket's own class. */
  readonly storageClass?: string
  /** Nobody may remove an object before its time is over. The bucket must allow it. [none] */
  readonly objectLock?: S3ObjectLock
  /**
   * S3 has no quota to ask for: so many bytes of objects may lie under `prefix`. A put that would go beyond
   * them is `quota` before anything is sent, and `usage()` reports them as the size of the store. [none]
   */
  readonly budgetBytes?: number
  /** A connection on which nothing moves for so many milliseconds is given up. [60,000] */
  readonly idleMs?: number
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export interface S3ObjectLock {
  /** `GOVERNANCE` can be lifted by accounts with a special right, `COMPLIANCE` by nobody. */
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE'
  /** Days from the put on, 1 to 36,500. */
  readonly days: number
}

/** Options that were checked, with their defaults. */
export interface Settings extends S3Options {
  /** Empty, or with a slash at its end. */
  readonly prefix: string
  readonly idleMs: number
  /** The servers of AWS itself, which keep every promise of the documentation. */
  readonly isAws: boolean
  readonly location: string
}

// What every server and every tool takes without escaping.
const pathPattern = /^[\w!.*'()-]+(?:\/[\w!.*'()-]+)*\/?$/
const longestPrefix = 800
const bucketPattern = /^[A-Za-z0-9][\w.-]{1,254}$/
const awsHost = /(?:^|\.)amazonaws\.(?:com|com\.cn|eu)$/
const longestTimerMs = 2 ** 31 - 1

type Check = readonly [isRight: (value: never) => boolean, wanted: string]

const checks: { readonly [option in keyof S3Options]-?: Check } = {
  bucket: [(bucket: unknown) => isText(bucket, bucketPattern), 'the name of a bucket'],
  region: [(region: unknown) => isText(region, /^[\w-]+$/), "the name of a region, such as 'eu-central-1'"],
  endpoint: [isEndpoint, "an address without user and path, such as 'https://s3.example.org'"],
  credentials: [isCredentials, '{ accessKeyId, secretAccessKey } or a function that returns a promise of it'],
  prefix: [isPrefix, "a path of plain letters, such as 'shops/berlin'"],
  storageClass: [
    (name: unknown) => isText(name, /^\w+$/),
    "the name of a storage class, such as 'STANDARD_IA'",
  ],
  objectLock: [isObjectLock, "{ mode: 'GOVERNANCE' or 'COMPLIANCE', days: 1 to 36,500 }"],
  budgetBytes: [
    (bytes: unknown) => isWhole(bytes, Number.MAX_SAFE_INTEGER),
    'a whole number of bytes above 0',
  ],
  idleMs: [(ms: unknown) => isWhole(ms, longestTimerMs), 'a whole number of milliseconds above 0'],
}

/** @throws `config` naming the option, never its value: it may be a secret in the wrong place. */
export function checkOptions(options: S3Options): Settings {
  if (typeof options !== 'object' || options === null) throw refused('bucket', checks.bucket[1])
  const endpoint = options.endpoint ?? endpointOfEnvironment()
  const given: S3Options = { ...options, ...(endpoint !== undefined && { endpoint }) }
  for (const [option, [isRight, wanted]] of Object.entries(checks)) {
    const value = given[option as keyof S3Options]
    if (value === undefined && option !== 'bucket') continue
    if (!isRight(value as never)) throw refused(option, wanted)
  }
  const { bucket, prefix = '', idleMs = 60_000 } = given
  const path = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const host = endpoint === undefined ? undefined : new URL(endpoint).host
  return {
    ...given,
    prefix: path,
    idleMs,
    isAws: endpoint === undefined || awsHost.test(new URL(endpoint).hostname),
    location: `s3:${host === undefined ? '' : `${host}/`}${`${bucket}/${path}`.slice(0, -1)}`,
  }
}

/** Where the SDK would look too, without telling anybody that it does not talk to AWS. */
function endpointOfEnvironment(): string | undefined {
  const {
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: ignored,
    AWS_ENDPOINT_URL_S3: own,
    AWS_ENDPOINT_URL: all,
  } = process.env
  return ignored?.toLowerCase() === 'true' ? undefined : own || all || undefined
}

function refused(option: string, wanted: string): BackupError {
  return new BackupError('config', `Option "${option}" of s3() must be ${wanted}.`, {
    plugin: 's3',
    key: option,
  })
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= most
}

function isEndpoint(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(value)
  return /^https?:$/.test(protocol) && pathname === '/' && `${username}${password}${search}${hash}` === ''
}

function isCredentials(value: unknown): boolean {
  if (typeof value === 'function') return true
  const { accessKeyId, secretAccessKey } = (value ?? {}) as Partial<S3Credentials>
  return isText(accessKeyId, /./) && isText(secretAccessKey, /./)
}

function isPrefix(value: unknown): boolean {
  if (value === '') return true
  if (!isText(value, pathPattern)) return false
  const path = value as string
  return path.length <= longestPrefix && !path.split('/').some((part) => part === '.' || part === '..')
}

function isObjectLock(value: unknown): boolean {
  const { mode, days } = (value ?? {}) as Partial<S3ObjectLock>
  return (mode === 'GOVERNANCE' || mode === 'COMPLIANCE') && isWhole(days, 36_500)
}
