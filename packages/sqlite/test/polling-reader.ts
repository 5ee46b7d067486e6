import { DatabaseSync } from 'node:sqlite'

// Counts rows every few milliseconds until told to stop; then tells which counts and which errors there were.
const [path = ''] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 5000 })
const counts = new Set<number>()
const errors = new Set<string>()
let told = false
const timer = setInterval(() => {
  try {
    counts.add(Number(database.prepare('SELECT count(*) AS n FROM t').get()?.n))
  } catch (error) {
    errors.add((error as Error).message)
  }
  if (!told) process.send?.('reading')
  told = true
}, 3)
process.once('message', () => {
  clearInterval(timer)
  database.close()
  process.send?.({ counts: [...counts], errors: [...errors] }, () => process.exit(0))
})
