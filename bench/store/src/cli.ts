import { parseArgs } from 'node:util'
import { changeStore, createStore, readInvariant, startWriter } from './index.ts'
import type { ChangeKind } from './index.ts'

const USAGE = `node bench/store/src/cli.ts COMMAND PATH [options]
  create PATH [--bytes N] [--seed N] [--page-size N] [--journal wal|delete]
  change PATH --kind uniform|recent|touch [--seed N]
  write  PATH [--tps N] [--seconds N]
  check  PATH`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    bytes: { type: 'string', default: '100000000' },
    seed: { type: 'string' },
    'page-size': { type: 'string', default: '4096' },
    journal: { type: 'string', default: 'wal' },
    kind: { type: 'string', default: 'uniform' },
    tps: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
  },
})
const [command, path] = positionals
const seed = values.seed === undefined ? {} : { seed: Number(values.seed) }

const commands: Readonly<Record<string, (file: string) => unknown>> = {
  create: (file) =>
    createStore(file, {
      bytes: Number(values.bytes),
      pageSize: Number(values['page-size']),
      journal: values.journal as 'wal' | 'delete',
      ...seed,
    }),
  change: (file) => changeStore(file, values.kind as ChangeKind, seed),
  write: async (file) => {
    const writer = await startWriter(file, { transactionsPerSecond: Number(values.tps) })
    await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000))
    return writer.stop()
  },
  check: readInvariant,
}

const run = command === undefined ? undefined : commands[command]
if (run === undefined || path === undefined) {
  console.error(USAGE)
  process.exitCode = 1
} else {
  console.log(JSON.stringify(await run(path)))
}
