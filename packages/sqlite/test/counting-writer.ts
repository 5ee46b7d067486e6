import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'

// Inserts ever greater numbers, each in a transaction of its own, until told to stop; then tells which were
// committed.
const [path = ''] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 20_000 })
const insert = database.prepare("INSERT INTO t VALUES (?, 'counted')")
const committed: number[] = []
let stopped = false
process.once('message', () => (stopped = true))
for (let id = 1_000_001; !stopped; id++) {
  insert.run(id)
  committed.push(id)
  if (committed.length === 1) process.send?.('writing')
  await pause(1)
}
database.close()
process.send?.(committed, () => process.exit(0))
