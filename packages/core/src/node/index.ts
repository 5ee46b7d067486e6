export { alignedMemory, type DirectIo, directIo } from './direct-io.ts'
export { type PageFileOptions, pageFile } from './page-file.ts'
export { nodeRuntime } from './runtime.ts'
export { createFingerprint, type Fingerprint, fingerprintBytes } from './fingerprint/index.ts'
