import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Starts a script of this folder in a process of its own; `before` is what stands in front of `node` on the command line. */
export function startChild(
  script: string,
  args: readonly string[],
  before: readonly string[] = [],
): ChildProcess {
  const [program = process.execPath, ...rest] = [
    ...before,
    process.execPath,
    join(import.meta.dirname, script),
    ...args,
  ]
  return spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** Runs a script to its end and returns the JSON it printed last. */
export async function askChild<T>(
  script: string,
  args: readonly string[],
  before: readonly string[] = [],
): Promise<T> {
  const child = startChild(script, args, before)
  const [text, [code, signal]] = await Promise.all([textOf(child), once(child, 'close')])
  if (code !== 0) throw new Error(`${script} ended with ${code ?? signal}: ${text}`)
  return JSON.parse(text.trim().split('\n').at(-1) ?? '')
}

export async function textOf({ stdout }: ChildProcess): Promise<string> {
  let text = ''
  for await (const piece of stdout ?? []) text += String(piece)
  return text
}

/**
 * In front of a command: a file system in memory, of this size, at this folder. It belongs to the command alone and
 * vanishes with it; root mounts it directly, others inside a user namespace.
 */
export function onSmallDisk(folder: string, size: string): string[] {
  const mine = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user']
  return [
    'unshare',
    ...mine,
    'sh',
    '-ec',
    `mount -t tmpfs -o size=${size} backup-test "$0"; exec "$@"`,
    folder,
  ]
}

/** In front of a command: takes from root what lets it pass over missing rights. */
export function withoutOverride(): string[] {
  if (process.getuid?.() !== 0) return []
  return [
    'setpriv',
    '--bounding-set',
    '-dac_override,-dac_read_search',
    '--inh-caps',
    '-dac_override,-dac_read_search',
  ]
}
