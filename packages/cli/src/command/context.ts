import { hostname, userInfo } from 'node:os'
import { confirm, isCancel } from '@clack/prompts'
import { BackupError } from '@backup/core'
import { follow } from '../terminal/follow.ts'
import { type Output, type Screen, createScreen } from '../terminal/screen.ts'
import { type Shell, isInteractive } from '../terminal/shell.ts'
import { streamsOf } from '../terminal/streams.ts'
import type { CommandContext, GlobalOptions } from './command.ts'
import { notConfirmed } from './unconfirmed.ts'

export function createContext(shell: Shell, global: GlobalOptions): CommandContext {
  const { env } = shell
  const nowhere: Output = { write: () => {} }
  const isMachine = global.json || global.jsonEvents
  const out = createScreen(isMachine ? nowhere : shell.stdout, { env })
  const notes = global.quiet ? onlyTrouble(createScreen(shell.stderr, { env })) : createScreen(shell.stderr, { env })
  const context: CommandContext = {
    shell,
    global,
    out,
    notes,
    authority: { actor: global.actor ?? currentUser(), ...(global.reason !== undefined && { reason: global.reason }) },
    follow: (run) => follow(run, notes, context.event),
    event(event) {
      if (global.jsonEvents) shell.stdout.write(`${JSON.stringify(event)}\n`)
    },
    async confirm(question) {
      if (global.yes) return
      if (!isInteractive(shell)) {
        throw notConfirmed(`Not done: ${question}`, 'Nobody can be asked here. If you mean it, run the same command with --yes.')
      }
      const answer = await confirm({ message: question, initialValue: false, withGuide: false, ...streamsOf(shell) })
      if (isCancel(answer)) throw new BackupError('cancelled', 'Interrupted.')
      if (!answer) throw notConfirmed('Not done: the answer was no.', 'Nothing was changed.')
    },
  }
  return context
}

function onlyTrouble(screen: Screen): Screen {
  const silent = (): void => {}
  return { ...screen, title: silent, say: silent, detail: silent, good: silent, table: silent, progress: silent }
}

/** `anna@shop-pc`: who did it, when nobody says more. */
function currentUser(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A user id without an account, as in many containers.
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}
