import { statSync } from 'node:fs'
import { sqlite } from '../src/index.ts'
import { restoreOf } from './restores.ts'

// Restores a database file over the database that the source backs up, or over another file, in a process of
// its own, and prints where it went, or the error.
const [path = '', snapshot = '', to] = process.argv.slice(2)
try {
  const source = sqlite(path, { busyTimeoutMs: 20_000 })
  const proof = { complete: true, pageBytes: 1, pageCount: statSync(snapshot).size }
  const taken = {
    path: snapshot,
    proof,
    state: new Uint8Array(0),
    incremental: false,
    pages: 0,
    warnings: [],
  }
  process.stdout.write(
    JSON.stringify(await restoreOf(source, taken, { overwrite: true, ...(to === undefined ? {} : { to }) })),
  )
} catch (error) {
  const { kind, message } = error as { kind?: string; message: string }
  process.stdout.write(JSON.stringify({ kind, message }))
}
