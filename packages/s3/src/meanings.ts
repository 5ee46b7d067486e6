import { networkProblem, type ErrorKind, type NetworkProblem } from '@backup/core'

/** What an answer means here: kind, what happened, and what to do about it. */
export type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

const refusedKey: Meaning = [
  'auth',
  'the server does not accept the access key',
  'Check the access key and its secret.',
]
const expired: Meaning = ['auth', 'the session of these credentials is over', 'Fetch new credentials.']
const closed: Meaning = ['auth', 'the account is suspended or closed', 'Ask the provider about the account.']
const rights: Meaning = [
  'auth',
  'the access is denied',
  'Give this key the right to list the bucket and to read, write and delete objects in it.',
]
const slower: Meaning = ['throttled', 'the server asks for fewer requests']
const full: Meaning = [
  'quota',
  'the quota of the bucket or account is used up',
  'Raise the quota or free space.',
]
const region: Meaning = [
  'config',
  'the bucket lies in another region or at another endpoint',
  'Set "region" (and "endpoint") to those of the bucket.',
]
const clock: Meaning = [
  'config',
  'the clocks of this machine and of the server differ too much',
  'Check the clock: set the time of this machine, for instance by NTP.',
]
const noBucket: Meaning = [
  'target-missing',
  'the bucket does not exist',
  'Check "bucket", "region" and "endpoint".',
]
const noSuchTarget: Meaning = ['not-found', 'there is no such object']
const damaged: Meaning = ['transient', 'the body was damaged on its way; nothing was stored']
const race: Meaning = ['busy', 'somebody else writes the same object or bucket']
const broken: Meaning = ['transient', 'the server reports a fault of its own']
const outside: Meaning = ['range', 'the object does not have these bytes']
const otherName: Meaning = [
  'config',
  'the server does not accept the name of the bucket',
  'Choose another "bucket".',
]
export const noLock: Meaning = [
  'config',
  'the bucket was not made for locks, or the server has none',
  'Create a bucket with Object Lock: init() does when "objectLock" is set.',
]
const noAnswer: Meaning = ['transient', 'the server did not answer in time']
const connectionLost: Meaning = ['transient', 'the connection broke']
const unreachable: Meaning = ['transient', 'the server is out of reach', 'Check the network and "endpoint".']
const certificate: Meaning = [
  'config',
  'the certificate of the server is not trusted',
  'Name the right "endpoint", or let Node trust its authority with NODE_EXTRA_CA_CERTS.',
]

/** Codes that S3 and its relatives send, and names that the SDK gives to its own errors. */
export const byCode: Readonly<Record<string, Meaning>> = {
  AccessDenied: rights,
  AccountProblem: closed,
  AllAccessDisabled: closed,
  UserSuspended: closed,
  NotSignedUp: closed,
  InvalidAccessKeyId: refusedKey,
  SignatureDoesNotMatch: refusedKey,
  InvalidToken: expired,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  CredentialsProviderError: [
    'auth',
    'no credentials were found',
    'Give "credentials", or set up those of the AWS SDK.',
  ],
  RequestTimeTooSkewed: clock,
  RequestExpired: clock,
  PermanentRedirect: region,
  Redirect: region,
  TemporaryRedirect: region,
  AuthorizationHeaderMalformed: region,
  IllegalLocationConstraintException: region,
  InvalidLocationConstraint: region,
  InvalidRegionName: region,
  InvalidBucketName: otherName,
  BucketAlreadyExists: [
    'config',
    'this name belongs to the bucket of somebody else',
    'Choose another "bucket".',
  ],
  InvalidStorageClass: ['config', 'the server does not have this storage class', 'Correct "storageClass".'],
  NoSuchBucket: noBucket,
  NoSuchKey: noSuchTarget,
  InvalidRange: outside,
  QuotaExceeded: full,
  StorageQuotaExceeded: full,
  ServiceQuotaExceededException: full,
  TooManyBuckets: full,
  EntityTooLarge: [
    'quota',
    'the server takes no object of this size',
    'Raise the quota of the bucket or account: some servers call it so when it is used up.',
  ],
  InvalidObjectState: [
    'permanent',
    'the object lies in a cold storage class and cannot be read at once',
    'Ask for it with warm() (RestoreObject), and read it when that says "ready": in minutes to hours.',
  ],
  ObjectLockConfigurationNotFoundError: noLock,
  SlowDown: slower,
  ServiceUnavailable: slower,
  Throttling: slower,
  ThrottlingException: slower,
  RequestLimitExceeded: slower,
  TooManyRequests: slower,
  TooManyRequestsException: slower,
  BandwidthLimitExceeded: slower,
  BadDigest: damaged,
  InvalidDigest: damaged,
  IncompleteBody: damaged,
  XAmzContentSHA256Mismatch: damaged,
  XAmzContentChecksumMismatch: damaged,
  ConditionalRequestConflict: race,
  OperationAborted: race,
  InternalError: broken,
  RequestTimeout: ['transient', 'the body did not arrive in time'],
  NoSuchUpload: ['transient', 'the server has forgotten the upload; it begins anew'],
  TimeoutError: noAnswer,
}

/** What a code says that came without an answer. */
export function networkMeaning(code: string): Meaning | undefined {
  const problem = networkProblem(code)
  return problem && byProblem[problem]
}

const byProblem: Readonly<Record<NetworkProblem, Meaning>> = {
  lost: connectionLost,
  unreachable,
  silent: noAnswer,
  untrusted: certificate,
}

/** For codes nobody knows, and for answers to HEAD, which carry none. */
export const byStatus: Readonly<Record<number, Meaning>> = {
  301: region,
  307: region,
  401: refusedKey,
  403: rights,
  404: noSuchTarget,
  408: ['transient', 'the body did not arrive in time'],
  409: race,
  413: [
    'permanent',
    'something before the server takes no body of this size',
    'Raise the limit of that proxy.',
  ],
  416: outside,
  429: slower,
  503: slower,
  507: full,
  509: slower,
}

/** What the server tells with it: where the bucket lies. */
export const otherRegion: Meaning = region
export const serverFault: Meaning = broken
export const noMeaning: Meaning = ['permanent', 'the server refuses it']
/** An answer that is none of S3: a page of a proxy, or a body that broke off. */
export const noSense: Meaning = [
  'transient',
  'the answer makes no sense',
  'Check "endpoint": is that an S3 server?',
]
