export { type PageFileOptions, pageFile } from './page-file.ts'
export { nodeRuntime } from './runtime.ts'
export { createFingerprint, type Fingerprint, fingerprintBytes } from './fingerprint/index.ts'
