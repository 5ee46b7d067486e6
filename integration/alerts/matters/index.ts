import { backups } from './backups.ts'
import { copies } from './copies.ts'
import { damage } from './damage.ts'
import { proofs } from './proofs.ts'
import { providers } from './providers.ts'
import type { Matter } from './matter.ts'

export type { Matter } from './matter.ts'

/** Everything that can go wrong, in the order of core's conditions. */
export const matters: readonly Matter[] = [...backups, ...providers, ...copies, ...damage, ...proofs]
