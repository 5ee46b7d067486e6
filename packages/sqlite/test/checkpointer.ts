import { DatabaseSync } from 'node:sqlite'

// Checkpoints a database in a random mode every 37 ms or so, until told to stop; then tells how often it did
// something.
const [path = ''] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 50 })
const modes = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']
let done = 0
const timer = setInterval(() => {
  const mode = modes[Math.floor(Math.random() * modes.length)]
  const row = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
  if (row?.busy === 0) done++
}, 37)
process.once('message', () => {
  clearInterval(timer)
  database.close()
  process.send?.(done, () => process.exit(0))
})
