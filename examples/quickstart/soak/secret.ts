import { type KeyProvider, passphrase } from '@backup/core'

/** Weak on purpose: a run that is killed while it derives a key tells nothing. */
export const soakSecret: KeyProvider = passphrase('soak', { memoryKiB: 64, passes: 1, lanes: 1 })
