import { networkProblem, type ErrorKind, type NetworkProblem } from '@backup/core'

/** What an answer means here: kind, what happened, and what to do about it. */
export type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

/** How long uploads rest after the limit of a day: Google does not tell, and looks at the last 24 hours. */
export const dailyPauseMs: number = 60 * 60 * 1000

export const dailyHint: string =
  'Wait until tomorrow: 750 GB a day can be uploaded. Reading goes on, uploads are tried again each hour.'

const refusedToken: Meaning = [
  'auth',
  'Google does not accept the access token',
  'Sign in again; if that does not help, ask Google whether the account is suspended.',
]
const rights: Meaning = [
  'auth',
  'the access is denied',
  'Sign in with the account that owns the folder, and check that it may write there.',
]
const scope: Meaning = [
  'auth',
  'the sign-in does not allow this',
  'Sign in again and agree to all that is asked for; the scope is drive.file.',
]
const slower: Meaning = ['throttled', 'Google asks for fewer requests']
const daily: Meaning = ['quota', 'the limit for a day is used up', dailyHint]
const downloads: Meaning = [
  'throttled',
  'too much was downloaded today',
  'Wait until tomorrow, or restore from another provider.',
]
const full: Meaning = [
  'quota',
  'the storage of the account is full',
  'Free space (the trash counts). Service accounts have no storage: use "sharedDrive" or a "subject".',
]
const tooManyItems: Meaning = [
  'quota',
  'the account has as many items as Google allows',
  'Remove files, or use another account.',
]
const tooManyInFolder: Meaning = [
  'quota',
  'the folder has as many items as Google allows (500,000)',
  'Remove files from the folder, or use another "folder".',
]
const tooManyInDrive: Meaning = [
  'quota',
  'the shared drive has as many items as Google allows (400,000)',
  'Remove files, or use another shared drive.',
]
const policy: Meaning = [
  'auth',
  'the administrator of the domain does not allow Drive applications',
  'Ask the administrator to allow this application.',
]
const otherClient: Meaning = [
  'auth',
  'this file was made by another application or client id',
  'Use the client id that made the folder: with the scope drive.file no other one may touch its files.',
]
const notEnabled: Meaning = [
  'config',
  'the Drive API is not enabled for this client id',
  'Enable the Google Drive API in the project of the client id, and wait a few minutes.',
]
const notFound: Meaning = [
  'not-found',
  'it does not exist, or is not visible to this client id',
  'With the scope drive.file, only the client id that made a file can see it: check client id and account.',
]
const abusive: Meaning = [
  'permanent',
  'Google takes it for malware and does not hand it out',
  'Only the owner may download it: sign in with the account that made the backup.',
]
const taken: Meaning = ['busy', 'somebody else changes the same object']
const broken: Meaning = ['transient', 'Google reports a fault of its own']
const unclear: Meaning = ['throttled', 'Google refuses it for now, which it does when a limit is reached']
const outside: Meaning = ['range', 'the object does not have these bytes']
const connectionLost: Meaning = ['transient', 'the connection broke']
const unreachable: Meaning = ['transient', 'Google is out of reach', 'Check the network.']
const silent: Meaning = ['transient', 'nothing moved on the connection for too long', 'Check the network.']
const certificate: Meaning = [
  'config',
  'the certificate of the server is not trusted',
  'Let Node trust the authority of a proxy with NODE_EXTRA_CA_CERTS.',
]

/** The reasons that Google gives, as the answer to whatever was asked. */
export const byReason: Readonly<Record<string, Meaning>> = {
  authError: refusedToken,
  invalidCredentials: refusedToken,
  rateLimitExceeded: slower,
  userRateLimitExceeded: slower,
  sharingRateLimitExceeded: slower,
  dailyLimitExceeded: daily,
  quotaExceeded: daily,
  storageQuotaExceeded: full,
  teamDriveStorageQuotaExceeded: full,
  activeItemCreationLimitExceeded: tooManyItems,
  numChildrenInNonRootLimitExceeded: tooManyInFolder,
  teamDriveFileLimitExceeded: tooManyInDrive,
  cannotDownloadAbusiveFile: abusive,
  downloadQuotaExceeded: downloads,
  domainPolicy: policy,
  insufficientFilePermissions: rights,
  insufficientPermissions: scope,
  insufficientScopes: scope,
  appNotAuthorizedToFile: otherClient,
  accessNotConfigured: notEnabled,
  notFound,
  fileIdInUse: taken,
  failedPrecondition: unclear,
  backendError: broken,
  internalError: broken,
}

/** Where several reasons are given, the one that says most comes first. */
export const byWeight: readonly string[] = Object.keys(byReason)

/** What a code says that came without an answer. */
export function networkMeaning(code: string): Meaning | undefined {
  const problem = networkProblem(code)
  return problem && byProblem[problem]
}

const byProblem: Readonly<Record<NetworkProblem, Meaning>> = {
  lost: connectionLost,
  unreachable,
  silent,
  untrusted: certificate,
}

/** For reasons nobody knows, and for answers without any. */
export const byStatus: Readonly<Record<number, Meaning>> = {
  401: refusedToken,
  403: rights,
  404: notFound,
  408: ['transient', 'the body did not arrive in time'],
  409: taken,
  416: outside,
  429: slower,
}

export const serverFault: Meaning = broken
export const noMeaning: Meaning = ['permanent', 'Google refuses it']
/** An answer that is none of Google: a page of a proxy. */
export const noSense: Meaning = ['transient', 'the answer makes no sense']
