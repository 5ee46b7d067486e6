import { networkProblem, type ErrorKind, type NetworkProblem } from '@backup/core'

/** What an answer means here: kind, what happened, and what to do about it. */
export type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

const slower: Meaning = ['throttled', 'OneDrive asks for fewer requests']
const bandwidth: Meaning = ['throttled', 'the account has used up its bandwidth for now']
const signIn: Meaning = [
  'auth',
  'OneDrive does not accept the sign-in',
  'Sign in again; if that does not help, look whether the account is locked.',
]
const rights: Meaning = [
  'auth',
  'the access is denied',
  'Look whether the account is locked or frozen, and whether the sign-in has the scope ' +
    "Files.ReadWrite.AppFolder, or with drive: 'whole' Files.ReadWrite.",
]
const restricted: Meaning = [
  'auth',
  'the owner or an administrator has restricted the access',
  'Ask the administrator of the drive.',
]
const notAllowed: Meaning = [
  'auth',
  'the drive does not allow it in its present state',
  'Look at the drive in a browser: it may be frozen, archived or read-only.',
]
const noDrive: Meaning = [
  'target-missing',
  'the account has no OneDrive',
  'Open OneDrive once in a browser, or ask for a licence that includes it.',
]
const malware: Meaning = [
  'permanent',
  'OneDrive takes this object for malware and does not hand it out',
  'Fetch it from another copy. Encrypted data can look like malware by chance: report it to Microsoft.',
]
const full: Meaning = [
  'quota',
  'the drive is full',
  'Free space and empty the recycle bin of OneDrive, which counts too, or buy more.',
]
const tooMany: Meaning = [
  'quota',
  'there are too many items in the folder or drive',
  'Let old snapshots expire, or use another "folder".',
]
const tooLarge: Meaning = ['permanent', 'OneDrive does not take a file of this size']
const missing: Meaning = ['not-found', 'there is no such item']
const taken: Meaning = ['busy', 'somebody else uses the same name']
const changed: Meaning = ['busy', 'somebody else has changed the same item']
const locked: Meaning = [
  'busy',
  'the item is locked',
  'Close programs that have it open; a drive that is locked as a whole is opened by its administrator.',
]
const outside: Meaning = ['range', 'the object does not have these bytes']
const path: Meaning = ['config', 'OneDrive does not accept the path', 'Choose a shorter or plainer "folder".']
const broken: Meaning = ['transient', 'OneDrive reports a fault of its own']
const tooSlow: Meaning = [
  'transient',
  'the request took OneDrive too long',
  'It is tried again by itself; a slow connection may need a quieter hour.',
]
const readOnly: Meaning = ['transient', 'OneDrive is read-only for the moment']
const anew: Meaning = ['transient', 'OneDrive wants the listing to begin anew']
const damaged: Meaning = ['transient', 'a part of the upload did not arrive as it was sent']
const sessionLost: Meaning = ['transient', 'OneDrive has forgotten the upload; it begins anew']
const unsupported: Meaning = ['permanent', 'this drive cannot do it']

/** Codes that Graph and OneDrive send, the exact ones from inside an answer as well. */
export const byCode: Readonly<Record<string, Meaning>> = {
  activityLimitReached: slower,
  throttledRequest: slower,
  tooManyRequests: slower,
  TooManyRequests: slower,
  serviceNotAvailable: slower,
  serviceUnavailable: slower,
  bandwidthLimitExceeded: bandwidth,
  InvalidAuthenticationToken: signIn,
  unauthenticated: signIn,
  accessDenied: rights,
  accessRestricted: restricted,
  notAllowed,
  ResourceNotFound: noDrive,
  malwareDetected: malware,
  virusSuspicious: malware,
  quotaLimitReached: full,
  insufficientStorage: full,
  childItemCountExceeded: tooMany,
  itemCountExceeded: tooMany,
  maxItemCountExceeded: tooMany,
  maxFolderCountExceeded: tooMany,
  maxDocumentCountExceeded: tooMany,
  maxFileSizeExceeded: tooLarge,
  maxStreamSizeExceeded: tooLarge,
  itemNotFound: missing,
  nameAlreadyExists: taken,
  resourceModified: changed,
  entityTagDoesNotMatch: changed,
  resourceLocked: locked,
  lockMismatch: locked,
  invalidRange: outside,
  invalidPath: path,
  pathIsTooLong: path,
  pathTooDeep: path,
  generalException: broken,
  serviceReadOnly: readOnly,
  resyncRequired: anew,
  resyncApplyDifferences: anew,
  resyncUploadDifferences: anew,
  fragmentLengthMismatch: damaged,
  fragmentOutOfOrder: damaged,
  fragmentOverlap: damaged,
  uploadSessionNotFound: sessionLost,
  uploadSessionIncomplete: sessionLost,
  uploadSessionFailed: sessionLost,
  notSupported: unsupported,
}

/** For codes nobody knows, and for answers that carry none. */
export const byStatus: Readonly<Record<number, Meaning>> = {
  401: signIn,
  403: rights,
  404: missing,
  408: tooSlow,
  409: taken,
  410: anew,
  412: changed,
  413: tooLarge,
  416: outside,
  423: locked,
  429: slower,
  501: unsupported,
  503: slower,
  504: tooSlow,
  507: full,
  509: bandwidth,
}

const connectionLost: Meaning = ['transient', 'the connection broke']
const unreachable: Meaning = ['transient', 'OneDrive is out of reach', 'Check the network and "graphUrl".']
const noAnswer: Meaning = ['transient', 'OneDrive did not answer in time']
const certificate: Meaning = [
  'config',
  'the certificate of the server is not trusted',
  'Name the right "graphUrl", or let Node trust its authority with NODE_EXTRA_CA_CERTS.',
]

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

export const serverFault: Meaning = broken
export const noConnection: Meaning = connectionLost
export const noMeaning: Meaning = ['permanent', 'OneDrive refuses it']
/** An answer that is none of Graph: a page of a proxy, or a body that is no JSON. */
export const noSense: Meaning = [
  'transient',
  'the answer makes no sense',
  'Look for a proxy or a sign-in page of the network between this machine and OneDrive.',
]
/** A fault of the sign-in service behind OneDrive, which has nothing to do with the token. */
export const signInFault: Meaning = ['transient', 'the sign-in service of OneDrive has a fault of its own']
