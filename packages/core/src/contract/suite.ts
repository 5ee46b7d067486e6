/** Cipher suites by their number in FORMAT.md §6.2. */
export type SuiteId = 1 | 2

export type SuiteName = 'aes-256-gcm' | 'xchacha20-poly1305'

export const suiteIds: Readonly<Record<SuiteName, SuiteId>> = { 'aes-256-gcm': 1, 'xchacha20-poly1305': 2 }
