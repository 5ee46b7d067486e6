import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBackup, rawKey } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider } from '../src/testing/index.ts'

// A process in the middle of a drill: what it restored is there, and it will never be done.
const [folder = ''] = process.argv.slice(2)
await writeFile(join(folder, 'live'), 'A secret that nobody must find. '.repeat(3000))
const source = {
  ...pageFile(join(folder, 'live')),
  check: ({ place }: { place: string }) => {
    process.stdout.write(JSON.stringify({ repository, place }))
    setInterval(() => {}, 1000)
    return new Promise<never>(() => {})
  },
}
const backup = createBackup({ source, providers: [memoryProvider()], keys: rawKey(new Uint8Array(32).fill(1)), workers: 0, state: join(folder, 'state') })
const { repository } = await backup.init()
await backup.run()
await backup.drill()
