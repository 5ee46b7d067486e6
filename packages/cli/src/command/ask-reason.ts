import { isCancel, text } from '@clack/prompts'
import { type Authority, BackupError } from '@backup/core'
import { isInteractive } from '../terminal/shell.ts'
import { streamsOf } from '../terminal/streams.ts'
import type { CommandContext } from './command.ts'

/**
 * Who wants it, and why: for what nobody may do without a reason.
 *
 * @throws `config` without `--reason` where nobody can be asked
 */
export async function reasonedAuthority({ authority, shell, global }: CommandContext, doing: string): Promise<Authority> {
  if (authority.reason !== undefined) return authority
  if (!isInteractive(shell) || global.yes) {
    throw new BackupError('config', `To ${doing}, somebody has to say why.`, { key: '--reason', hint: 'Say it in a sentence: --reason "…"' })
  }
  const reason = await text({
    message: `Why? It is kept with the repository`,
    validate: (given) => (given?.trim() ? undefined : 'A sentence, please.'),
    withGuide: false,
    ...streamsOf(shell),
  })
  if (isCancel(reason)) throw new BackupError('cancelled', 'Interrupted.', { hint: 'Nothing was changed.' })
  return { ...authority, reason }
}
