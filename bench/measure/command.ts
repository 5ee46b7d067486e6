import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Cost } from './cost.ts'
import { watchPeakMemory } from './peak-memory.ts'

export interface Command {
  program: string
  args: readonly string[]
  cwd?: string
  env?: Readonly<Record<string, string>>
}

/** Runs a program to its end; fails with what it said when it fails. */
export async function measureCommand({ program, args, cwd, env }: Command): Promise<Cost> {
  const child = spawn('bash', ['-c', TIMED, 'bash', program, ...args], {
    cwd,
    env: { ...process.env, ...env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const peak = watchPeakMemory(child.pid as number)
  const said = collect(child.stderr as Readable)
  const times = collect(child.stdio[3] as Readable)
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const peakBytes = peak()
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${said().trim().slice(-2000)}`)
  }
  const [wall, user, system] = times().trim().split(' ').map(Number) as [number, number, number]
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, peakBytes }
}

/**
 * bash waits for the program and knows what it and its children took; the times go to a descriptor of their
 * own.
 */
const TIMED = `exec 4>&2; TIMEFORMAT='%3R %3U %3S'; { time "$@" 2>&4; } 2>&3`

function collect(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  return () => text
}
