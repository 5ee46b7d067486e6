import { BackupError } from '@backup/core'
import { type DemoOptions, readArguments, usage } from './demo/arguments.ts'
import { runDemo } from './demo/run-demo.ts'
import { type Screen, createScreen } from './render/screen.ts'

// `npm run demo`: backs up a database, restores it in every way there is, and proves each step.

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
// Nobody reads any more what is said: `npm run demo | head`.
process.stdout.on('error', () => stop.abort())

try {
  const options = readArguments(process.argv.slice(2))
  if (options.help) console.log(usage)
  else await show(options, createScreen(process.stdout, { env: process.env }))
} catch (error) {
  process.exitCode = 1
  complain(error, createScreen(process.stderr, { env: process.env }))
}

async function show(options: DemoOptions, screen: Screen): Promise<void> {
  try {
    if (!(await runDemo(options, screen, stop.signal))) process.exitCode = 1
  } finally {
    screen.close()
  }
}

function complain(error: unknown, screen: Screen): void {
  if (stop.signal.aborted) return screen.bad('Stopped.')
  if (!BackupError.is(error)) return console.error(error)
  screen.bad(error.message)
  screen.say(error.hint)
}
