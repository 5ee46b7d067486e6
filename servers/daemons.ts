import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The processes of one server, which end together, for certain. */
export interface Daemons {
  /** In the foreground; what it prints goes to a file in the folder. */
  start(program: string, ...args: string[]): ChildProcess
  /**
   * Waits until something answers at `url` with less than 500.
   *
   * @throws Error when this process ends, or nothing answers for so long
   */
  untilAnswers(url: string, process: ChildProcess, patienceMs: number): Promise<void>
  /** The last lines of all logs: the folder is usually gone when somebody reads the message. */
  endOfLogs(): string
  /** Kills them, the last that was started first. */
  stop(): Promise<void>
}

/** Daemons lie where the path of an ordinary user does not lead. What Debian installs goes first. */
export const systemPath: string = ['/usr/bin', '/usr/sbin', process.env['PATH'] ?? ''].join(delimiter)

/** Are all these programs there? */
export function areInstalled(programs: readonly string[]): boolean {
  return programs.every((program) =>
    systemPath.split(delimiter).some((folder) => existsSync(join(folder, program))),
  )
}

const deadly = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

export function daemons(folder: string): Daemons {
  const env = { ...process.env, PATH: systemPath }
  const running: ChildProcess[] = []
  const killAll = (): void => running.forEach((child) => child.kill('SIGKILL'))
  const killAllAndDie = (signal: NodeJS.Signals): void => {
    killAll()
    process.kill(process.pid, signal)
  }
  process.once('exit', killAll)
  // These end a process without an exit.
  for (const signal of deadly) process.once(signal, killAllAndDie)

  return {
    start(program, ...args) {
      const log = openSync(join(folder, `${program}.out`), 'a')
      const child = spawn(program, args, { env, stdio: ['ignore', log, log] })
      running.push(child)
      return child
    },

    async untilAnswers(url, child, patienceMs) {
      const givesUpAt = Date.now() + patienceMs
      while (Date.now() < givesUpAt) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${child.spawnfile} ended with ${child.exitCode ?? child.signalCode}.`)
        const answered = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
          ({ status }) => status < 500,
          () => false,
        )
        if (answered) return
        await sleep(100)
      }
      throw new Error(`${child.spawnfile} did not answer within ${patienceMs / 1000} s.`)
    },

    endOfLogs() {
      const logs = readdirSync(folder).filter((name) => /\.(?:log|out)$/.test(name))
      const ends = logs.map((name) => {
        const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n').slice(-5)
        return `--- ${name}\n${lines.join('\n')}`
      })
      return ends.join('\n')
    },

    async stop() {
      process.off('exit', killAll)
      for (const signal of deadly) process.off(signal, killAllAndDie)
      for (const child of running.toReversed()) await kill(child)
    },
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  // Also one that was stopped with SIGSTOP.
  child.kill('SIGKILL')
  await gone
}
