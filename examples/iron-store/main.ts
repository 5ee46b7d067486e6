import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type RunningStore, startStore } from './server/start-store.ts'

// What a shell starts. Its first line on standard output is for the shell: `{"url":"http://127.0.0.1:…/#token=…"}`. With `--shell`, the
// first line on standard input may bring a key, `{"key":"…"}` in base64, and the end of standard input is the end of the program, so that
// none is left over when a shell dies.

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string' },
    ui: { type: 'string', default: join(import.meta.dirname, 'dist/ui') },
    shell: { type: 'boolean', default: false },
  },
})

/** Where programs of this system keep their data. */
const places: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: join(homedir(), 'Library/Application Support/Iron Store'),
  win32: join(process.env['APPDATA'] ?? homedir(), 'Iron Store'),
}
const folder = values.data ?? places[process.platform] ?? join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'iron-store')

let store: RunningStore | undefined
let isStopping = false
const stop = async (): Promise<void> => {
  if (isStopping) return
  isStopping = true
  await store?.stop()
  process.exit(0)
}

try {
  const key = values.shell ? await keyFromShell(() => void stop()) : undefined
  store = await startStore({ folder, ui: values.ui, port: Number(values.port ?? 0), ...(key && { key }) })
  console.log(JSON.stringify({ url: values.shell ? `${store.url}&shell` : store.url }))
  if (!values.shell) console.error(`Iron Store is running, with its data in ${folder}.\nOpen ${store.url}`)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

function keyFromShell(onEnd: () => void): Promise<Uint8Array | undefined> {
  const lines = createInterface({ input: process.stdin })
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      const { key } = JSON.parse(line) as { readonly key?: string }
      resolve(key === undefined ? undefined : Buffer.from(key, 'base64'))
    })
    lines.once('close', onEnd)
  })
}
