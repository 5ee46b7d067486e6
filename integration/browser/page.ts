import {
  BackupError, type BackupProvider, type BackupSource, checkKey, checkPrefix, contract, createBackup, passphrase,
  portableRuntime,
} from '@backup/core'

// What a page would do, where there is no Node: backups into a store of its own, and the way back.

/** What the page had, what it got back, and the objects in its store. */
export interface PageReport {
  readonly saved: Uint8Array
  readonly restored: Uint8Array
  readonly objects: ReadonlyMap<string, Uint8Array>
  readonly storedBytes: readonly number[]
  readonly problems: readonly unknown[]
  readonly events: readonly string[]
}

export async function backUpAndRestore(secret: string): Promise<PageReport> {
  const objects = new Map<string, Uint8Array>()
  const page = { notes: notes(30_000), restored: new Uint8Array(0) }
  const backup = createBackup({
    source: notesOf(page),
    providers: [shelf(objects)],
    keys: passphrase(secret, { memoryKiB: 8192, passes: 1 }),
    runtime: portableRuntime,
  })
  await backup.init()
  const first = await backup.run()
  page.notes = Uint8Array.from([...notes(10), ...page.notes])
  const run = backup.run()
  const events: string[] = []
  for await (const { type } of run) events.push(type)
  const second = await run
  await backup.restore('latest')
  const { problems } = await backup.verify({ depth: 'data' })
  await backup.close()
  return {
    saved: page.notes,
    restored: page.restored,
    objects,
    storedBytes: [first.storedBytes, second.storedBytes],
    problems,
    events,
  }
}

function notes(lines: number): Uint8Array {
  const text = Array.from({ length: lines }, (_, line) => `${line} of ${lines}: ${line * 2_654_435_761}\n`)
  return new TextEncoder().encode(text.join(''))
}

export function notesOf(page: { notes: Uint8Array; restored: Uint8Array }): BackupSource {
  return {
    contract,
    name: 'notes',
    label: 'notes',
    async open() {
      const { notes: view } = page
      return {
        async *streams() {
          yield {
            name: 'notes',
            content: {
              kind: 'bytes',
              size: view.length,
              async *read() {
                yield view
              },
            },
          }
        },
        finish: async () => ({ complete: true }),
        close: async () => {},
      }
    },
    async restore() {
      const parts: Uint8Array[] = []
      return {
        open: async () => ({
          kind: 'bytes',
          write: async (part) => void parts.push(part.slice()),
          end: async () => {},
        }),
        async commit() {
          page.restored = Uint8Array.from(parts.flatMap((part) => [...part]))
          return { place: 'page', requiresRestart: false }
        },
        abort: async () => {},
      }
    },
  }
}

export function shelf(objects: Map<string, Uint8Array>): BackupProvider {
  const find = (key: string): Uint8Array => {
    checkKey(key, 'shelf')
    const bytes = objects.get(key)
    if (bytes) return bytes
    throw new BackupError('not-found', `There is no object ${key}.`, { plugin: 'shelf', key })
  }
  return {
    contract,
    name: 'shelf',
    location: 'shelf:page',
    open: async () => {},
    async put(key, body) {
      checkKey(key, 'shelf')
      objects.set(key, body.slice())
    },
    async get(key, { range } = {}) {
      const bytes = find(key)
      return range ? bytes.slice(range.offset, range.offset + range.length) : bytes.slice()
    },
    async stat(key) {
      const bytes = objects.get(key)
      return bytes && { size: bytes.length }
    },
    async *list(prefix) {
      checkPrefix(prefix, 'shelf')
      for (const [key, { length }] of objects) if (key.startsWith(prefix)) yield { key, size: length }
    },
    async delete(key) {
      objects.delete(key)
    },
  }
}
