import type { Answer } from '../wire/index.ts'

/** What Google says when it refuses, by reason: status and text. */
const catalogue = {
  authError: [401, 'Invalid Credentials'],
  rateLimitExceeded: [403, 'Rate Limit Exceeded'],
  userRateLimitExceeded: [403, 'User rate limit exceeded.'],
  dailyLimitExceeded: [403, 'Daily Limit Exceeded'],
  quotaExceeded: [403, 'Quota exceeded'],
  storageQuotaExceeded: [403, "The user's Drive storage quota has been exceeded."],
  activeItemCreationLimitExceeded: [403, 'This account has exceeded the creation limit of items.'],
  numChildrenInNonRootLimitExceeded: [
    403,
    "The limit for this folder's number of children has been exceeded.",
  ],
  teamDriveFileLimitExceeded: [403, 'The file limit for this shared drive has been exceeded.'],
  cannotDownloadAbusiveFile: [
    403,
    'This file has been identified as malware or spam and cannot be downloaded.',
  ],
  invalidAbuseAcknowledgment: [403, 'Only the owner may acknowledge, and only for files that were flagged.'],
  downloadQuotaExceeded: [403, 'The download quota for this file has been exceeded.'],
  domainPolicy: [403, 'The domain administrators have disabled Drive apps.'],
  insufficientFilePermissions: [403, 'The user does not have sufficient permissions for this file.'],
  insufficientPermissions: [403, 'Request had insufficient authentication scopes.'],
  appNotAuthorizedToFile: [403, 'The user has not granted the app access to the file.'],
  accessNotConfigured: [403, 'Google Drive API has not been used in this project before or it is disabled.'],
  notFound: [404, 'File not found.'],
  fileIdInUse: [409, 'A file already exists with the provided ID.'],
  failedPrecondition: [400, 'Precondition check failed.'],
  invalid: [400, 'Invalid Value'],
  requestedRangeNotSatisfiable: [416, 'Request range not satisfiable'],
  tooManyRequests: [429, 'Too many concurrent requests for user'],
  backendError: [503, 'Transient failure'],
  internalError: [500, 'Internal Error'],
} as const

export type Reason = keyof typeof catalogue

export const reasons: readonly Reason[] = Object.keys(catalogue) as Reason[]

/** An answer in the form of the API: `{ error: { code, message, errors: [{ domain, reason, message }] } }`. */
export function refusal(reason: Reason, headers: Readonly<Record<string, string>> = {}): Answer {
  const [code, message] = catalogue[reason]
  return refusalOf(code, [[/Limit|Quota/.test(reason) ? 'usageLimits' : 'global', reason, message]], headers)
}

/** With any number of reasons. */
export function refusalOf(
  code: number,
  entries: readonly (readonly [domain: string, reason: string, message: string])[],
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const errors = entries.map(([domain, reason, message]) => ({ domain, reason, message }))
  return { status: code, headers, body: { error: { code, message: errors[0]?.message ?? '', errors } } }
}
