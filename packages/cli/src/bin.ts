#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { typeScriptFlag } from '@backup/core/node'
import { main } from './main.ts'
import type { Shell } from './terminal/shell.ts'

// `npx backup`: what a process has is put together here, and nowhere else.

/** Set in the second start: whatever stands against the flag there, there is no third. */
const startedAgain = 'BACKUP_CLI_STARTED_AGAIN'
const flag = process.env[startedAgain] ? undefined : typeScriptFlag()
process.exitCode = flag === undefined ? await run() : await again(flag)

async function run(): Promise<number> {
  keepQuiet()
  const stop = new AbortController()
  for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(code)
      process.stderr.write('\nStopping; what was stored is used again next time. A second time ends at once.\n')
      stop.abort(name)
    })
  }
  // `backup list | head` closes stdout early, which is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const { stdin, stdout, stderr, env } = process
  const shell: Shell = { cwd: process.cwd(), env, stdin, stdout, stderr, signal: stop.signal, now: () => new Date() }
  return main(process.argv.slice(2), shell)
}

/** Warnings that the user of a command can do nothing about. */
function keepQuiet(): void {
  const known = [/Type Stripping/, /SQLite is an experimental feature/, /Module type of .* is not specified/]
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...more: never[]): void => {
    const text = typeof warning === 'string' ? warning : warning.message
    if (!known.some((pattern) => pattern.test(text))) emitWarning.call(process, warning, ...more)
  }) as typeof process.emitWarning
}

/** Node before 22.18 reads a config in TypeScript only when it was started so. */
function again(flag: string): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, flag, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, [startedAgain]: '1' } })
  // Ctrl-C reaches both; this one waits for the other.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? 143 : 130)))
  })
}
