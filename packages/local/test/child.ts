import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * Starts a script of this folder in a process of its own; `before` is what stands in front of `node` on the
 * command line.
 */
export function startChild(
  script: URL,
  args: readonly string[],
  before: readonly string[] = [],
): ChildProcess {
  const [program = process.execPath, ...rest] = [...before, process.execPath, fileURLToPath(script), ...args]
  return spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** Runs a script to its end and returns the JSON it printed last. */
export async function askChild<T>(
  script: URL,
  args: readonly string[],
  before: readonly string[] = [],
): Promise<T> {
  const child = startChild(script, args, before)
  const [text, [code, signal]] = await Promise.all([textOf(child), once(child, 'close')])
  if (code !== 0) throw new Error(`${script.pathname} ended with ${code ?? signal}: ${text}`)
  return JSON.parse(text.trim().split('\n').at(-1) ?? '')
}

export async function textOf({ stdout }: ChildProcess): Promise<string> {
  let text = ''
  for await (const piece of stdout ?? []) text += String(piece)
  return text
}

/**
 * In front of a command: a file system in memory, of this size, at this folder, made ready by `prepare`, a
 * line of shell. It belongs to the command alone and vanishes with it; root mounts it directly, others inside
 * a user namespace.
 */
export function onSmallDisk(folder: string, size: string, prepare = ':'): string[] {
  const mine = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user']
  const script = `mount -t tmpfs -o size=${size} backup-test "$0"; ${prepare}; exec "$@"`
  return ['unshare', ...mine, 'sh', '-ec', script, folder]
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
