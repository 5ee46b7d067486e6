import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import type { Job } from './jobs.ts'

/** What starts programs at their time. */
export type System = 'systemd' | 'cron' | 'launchd' | 'windows'

/** The one that this machine has. */
export function systemHere(): System {
  if (process.platform === 'win32') return 'windows'
  if (process.platform === 'darwin') return 'launchd'
  // Degraded is an answer too; what is not there gives none.
  return isAnswer(outcomeOf('systemctl', '--user', 'is-system-running')) ? 'systemd' : 'cron'
}

const isAnswer = ({ code }: Outcome): boolean => code === 'ok' || code === 1

/** Under which a system knows a job of the config in this folder. */
export function osJobName(folder: string, { name }: Pick<Job, 'name'>): string {
  return `backup-${basename(folder)}-${name}`.toLowerCase().replaceAll(/[^a-z0-9._-]/g, '-').slice(0, 50)
}

/** What a system says of a job. */
export type Installed = 'waits' | 'stopped' | 'absent'

/** Asks the system. */
export function installedIn(system: System, name: string, ask: typeof outcomeOf = outcomeOf): Installed {
  if (system === 'cron') return ask('crontab', '-l').text.split('\n').some((line) => line === `# ${name}` || line.startsWith(`# ${name}:`)) ? 'waits' : 'absent'
  if (system === 'launchd') return ask('launchctl', 'list', name).code === 'ok' ? 'waits' : 'absent'
  if (system === 'windows') return ask('schtasks', '/Query', '/TN', name).code === 'ok' ? 'waits' : 'absent'
  if (ask('systemctl', '--user', 'is-active', `${name}.timer`).code === 'ok') return 'waits'
  return ask('systemctl', '--user', 'cat', `${name}.timer`).code === 'ok' ? 'stopped' : 'absent'
}

/** How a program ended, and what it said. */
interface Outcome {
  /** `undefined` for one that is not there. */
  readonly code: 'ok' | number | undefined
  readonly text: string
}

function outcomeOf(program: string, ...args: string[]): Outcome {
  try {
    return { code: 'ok', text: execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) }
  } catch (error) {
    return { code: (error as { status?: number | null }).status ?? undefined, text: '' }
  }
}
