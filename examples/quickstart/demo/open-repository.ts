import type { Backup } from '@backup/core'
import type { Stage } from './stage.ts'

/** Makes the repository. Opening it costs time on purpose: that is what makes passphrases hard to guess. */
export async function openRepository({ screen, repository, signal }: Stage, backup: Backup): Promise<void> {
  screen.step('Make the repository')
  screen.progress({ label: 'opening' })
  await backup.init({ signal })
  await backup.snapshots({ signal })
  screen.say('AES-256-GCM, with a key from a passphrase through Argon2id')
  screen.detail(repository)
}
