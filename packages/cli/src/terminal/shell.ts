import type { Readable } from 'node:stream'
import type { Output } from './screen.ts'

/** What a command line has around it: taken once from the process, given by tests. */
export interface Shell {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** Results, and nothing else. */
  readonly stdout: Output
  /** Progress, warnings, questions, errors. */
  readonly stderr: Output
  /** Fires at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  now(): Date
}

/** Somebody sits there who can be asked. */
export function isInteractive({ stdin, stderr, env }: Shell): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && env['TERM'] !== 'dumb' && !env['CI']
}
