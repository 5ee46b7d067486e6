import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDataFolder } from './backup/vault.ts'
import { writeSample } from './store/sample.ts'
import { buildUi } from './ui/build.ts'

// `npm start`: builds the page, and starts the program. With `--sample`, on a store with some months of business, in a folder of its own.

const at = process.argv.indexOf('--sample')
if (at !== -1) {
  const folder = join(tmpdir(), 'iron-store-sample')
  makeDataFolder(folder)
  const file = join(folder, 'store.db')
  if (!existsSync(file)) console.error(`A sample store with ${writeSample(file)} invoices is in ${folder}.`)
  process.argv.splice(at, 1, '--data', folder)
}
await buildUi()
await import('./main.ts')
