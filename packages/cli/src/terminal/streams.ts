import type { Shell } from './shell.ts'

/** Where questions are asked: not on stdout, which belongs to results. */
export function streamsOf({ stdin, stderr, signal }: Shell): {
  input: Shell['stdin']
  output: NodeJS.WriteStream
  signal: AbortSignal
} {
  return { input: stdin, output: stderr as NodeJS.WriteStream, signal }
}
