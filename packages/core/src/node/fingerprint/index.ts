export { changedPages } from './changed-pages.ts'
export { createFingerprint, type Fingerprint, fingerprintBytes } from './fingerprint.ts'
