import type { Answer } from '../wire/index.ts'
import { graphError } from './graph-answer.ts'

const after = (value: string): Readonly<Record<string, string>> => ({ 'retry-after': value })
const page: Answer = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html><body><h1>Bad gateway</h1></body></html>',
}

/** Answers that Graph and OneDrive are known to give, for a fault plan. */
export const refusals: Readonly<Record<string, Answer>> = {
  'activityLimitReached with seconds': graphError(429, 'activityLimitReached', { headers: after('315') }),
  'activityLimitReached with a date': graphError(429, 'activityLimitReached', {
    headers: { ...after('Thu, 01 Jan 2032 00:01:30 GMT'), date: 'Thu, 01 Jan 2032 00:00:00 GMT' },
  }),
  'activityLimitReached without a time': graphError(429, 'activityLimitReached'),
  'activityLimitReached with a reset': graphError(429, 'activityLimitReached', {
    headers: { 'ratelimit-limit': '1200', 'ratelimit-remaining': '0', 'ratelimit-reset': '17' },
  }),
  serviceNotAvailable: graphError(503, 'serviceNotAvailable', { headers: after('400') }),
  'a nested throttledRequest': graphError(429, 'tooManyRequests', {
    inner: 'throttledRequest',
    headers: after('2'),
  }),
  bandwidth: graphError(509, 'bandwidthLimitExceeded', { headers: after('60') }),
  'gateway timeout': graphError(504, 'generalException'),
  generalException: graphError(500, 'generalException'),
  'an empty 500': { status: 500 },
  'a web page with 502': page,
  InvalidAuthenticationToken: graphError(401, 'InvalidAuthenticationToken'),
  unauthenticated: graphError(401, 'unauthenticated'),
  'a 401 of RPS': {
    status: 401,
    body: { error: { code: 'unauthenticated', message: 'Unable to initialize RPS', innerError: {} } },
  },
  accessDenied: graphError(403, 'accessDenied'),
  'accessDenied, restricted': graphError(403, 'accessDenied', { inner: 'accessRestricted' }),
  malwareDetected: graphError(403, 'malwareDetected'),
  virusSuspicious: graphError(403, 'accessDenied', { inner: 'virusSuspicious' }),
  notAllowed: graphError(403, 'notAllowed'),
  'a full folder': graphError(400, 'notAllowed', { inner: 'childItemCountExceeded' }),
  resourceLocked: graphError(423, 'resourceLocked'),
  resourceModified: graphError(412, 'resourceModified'),
  itemNotFound: graphError(404, 'itemNotFound'),
  nameAlreadyExists: graphError(409, 'nameAlreadyExists'),
  invalidRange: graphError(416, 'invalidRange'),
  quotaLimitReached: graphError(507, 'quotaLimitReached'),
  'an insufficient quota with 403': graphError(403, 'accessDenied', { inner: 'quotaLimitReached' }),
  resyncRequired: graphError(410, 'resyncRequired', { inner: 'resyncApplyDifferences' }),
  invalidPath: graphError(400, 'invalidRequest', { inner: 'invalidPath' }),
  pathIsTooLong: graphError(400, 'invalidRequest', { inner: 'pathIsTooLong' }),
  maxFileSizeExceeded: graphError(413, 'invalidRequest', { inner: 'maxFileSizeExceeded' }),
  notSupported: graphError(501, 'notSupported'),
  'a code nobody knows': graphError(418, 'teapot'),
  'no JSON at all': { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id": ' },
  'an error inside of a 200': { ...graphError(200, 'generalException') },
}
