#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { BackupError } from '../errors.ts'
import { validateProvider, type ValidationReport } from '../testing/index.ts'
import { readConfig, type ValidationConfig } from './validate-config.ts'
import { planLine, reportLines, testLine } from './validate-report.ts'

// `backup-validate-provider <config>`: the suite against a real account, for people who write providers and
// for those who want to know what an account really does.

const help = `Usage: backup-validate-provider <config> [options]

Stores objects in fresh places of an account, runs the conformance suite against them, and removes them again.

<config> is a module whose default export makes a provider for a place on the account,
  export default (place) => local(\`/mnt/usb/\${place}\`)
or an object of such functions by name. It may also export "off": the names of tests to leave out, each with
a reason.

  --json              print one JSON document and nothing else
  --objects NUMBER    objects in the test of long listings [50]
  --max-bytes NUMBER  leave out tests that move more bytes than this [67108864]
  --timeout SECONDS   for each test [300]
  --help              print this

Exit codes: 0 all tests passed and nothing is left over, 1 some failed or something is left over, 2 the config
or an option is wrong, 130 and 143 interrupted by SIGINT or SIGTERM, after clearing up. A second signal ends at
once.
`

const exitCodes = { passed: 0, failed: 1, config: 2, SIGINT: 130, SIGTERM: 143 } as const

interface Request extends ValidationConfig {
  readonly json: boolean
  readonly listedObjects: number
  readonly maxBytesPerTest: number
  readonly timeoutMs: number
}

process.exitCode = await main()

async function main(): Promise<number> {
  const request = await understood(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    if (BackupError.is(error)) console.error(error.hint)
  })
  if (request === undefined) return exitCodes.config
  if (request === 'help') {
    console.log(help)
    return exitCodes.passed
  }

  const stop = new AbortController()
  let interrupted: 'SIGINT' | 'SIGTERM' | undefined
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (interrupted) process.exit(exitCodes[name])
      interrupted = name
      console.error(`${name}: clearing up; a second signal ends at once and leaves what is there`)
      stop.abort()
    })

  try {
    const reports = await validateAll(request, stop.signal)
    if (request.json) console.log(JSON.stringify(Object.fromEntries(reports), undefined, 2))
    if (interrupted) return exitCodes[interrupted]
    const bad = reports.some(([, { failed, leftovers }]) => failed > 0 || leftovers.length > 0)
    return bad ? exitCodes.failed : exitCodes.passed
  } catch (error) {
    if (!BackupError.is(error, 'config')) throw error
    console.error(error.message)
    console.error(error.hint)
    return exitCodes.config
  }
}

async function validateAll(request: Request, signal: AbortSignal): Promise<[string, ValidationReport][]> {
  const { json, factories, off, listedObjects, maxBytesPerTest, timeoutMs } = request
  const say = (line: string): void => {
    if (!json) console.log(line)
  }
  const reports: [string, ValidationReport][] = []
  for (const [name, make] of Object.entries(factories)) {
    if (Object.keys(factories).length > 1) say(`\n${name}`)
    const report = await validateProvider(make, {
      off,
      listedObjects,
      maxBytesPerTest,
      timeoutMs,
      signal,
      onPlan: (plan) => say(planLine(plan)),
      onTest: (result) => result.outcome !== 'needs a fake' && say(testLine(result)),
    })
    for (const line of reportLines(report)) say(line)
    reports.push([name, report])
  }
  return reports
}

async function understood(args: string[]): Promise<Request | 'help'> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      objects: { type: 'string', default: '50' },
      'max-bytes': { type: 'string', default: String(64 * 1024 * 1024) },
      timeout: { type: 'string', default: '300' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const [config, ...more] = positionals
  if (config === undefined || more.length > 0) throw new Error(help)
  return {
    ...(await readConfig(config)),
    json: values.json,
    listedObjects: whole('--objects', values.objects),
    maxBytesPerTest: whole('--max-bytes', values['max-bytes']),
    timeoutMs: whole('--timeout', values.timeout) * 1000,
  }
}

function whole(option: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new Error(`${option} takes a whole number above 0, not "${text}".`)
}
