import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Setting, databases } from './place.ts'
import type { Tally, TallyMessage } from './tally.ts'
import { createTally, sumOf } from './tally.ts'

/** The processes of a soak. */
export interface Crew {
  /** What all of them say. */
  tally(): Tally
  /** Lets them finish what is under way. @throws when one does not */
  stop(): Promise<void>
  kill(): void
}

const patienceMs = 180_000

export function startCrew(setting: Setting): Crew {
  const said = new Map<string, TallyMessage>()
  const own = createTally()
  let isStopping = false
  const start = (program: string, who: string): { child: ReturnType<typeof fork>; ended: Promise<unknown> } => {
    const path = fileURLToPath(new URL(`./${program}.ts`, import.meta.url))
    const child = fork(path, [JSON.stringify({ setting, who })], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    let complaint = ''
    child.stderr?.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-4_000)))
    child.on('message', (message: TallyMessage) => said.set(who, message))
    const ended = once(child, 'close').then(([code, signal]) => {
      if (code !== 0 || !isStopping) own.fail(`The process ${who} ended with ${signal ?? `code ${code}`}. ${complaint}`)
    })
    return { child, ended }
  }
  const members = [...databases.map((name) => start('writer', name)), start('upkeep', 'upkeep')]
  const kill = (): void => members.forEach(({ child }) => child.kill('SIGKILL'))

  return {
    tally: () => sumOf([...said.values(), { counts: {}, failures: own.failures, warnings: {} }]),
    async stop() {
      isStopping = true
      for (const { child } of members) if (child.connected) child.send('stop')
      const timer = setTimeout(() => {
        own.fail(`A process did not end within ${patienceMs / 1000} s.`)
        kill()
      }, patienceMs)
      await Promise.all(members.map(({ ended }) => ended))
      clearTimeout(timer)
    },
    kill,
  }
}
