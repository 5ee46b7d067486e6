import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildScript, chromiumIsThere, type OpenedChromium, openChromium } from '@backup-internal/fakes/chromium'
import { type Backup, createBackup, passphrase } from '@backup/core'
import { type MemorySource, memorySource } from '@backup/core/testing'
import { nodeRuntime } from '@backup/core/node'
import { local } from '@backup/local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CarriedFile, Crossed, Crossing } from './crossing-page.ts'

// A repository goes from Node to Chromium and back, and each goes on with what the other wrote.

const hasChromium = chromiumIsThere()
const secret = 'correct horse battery staple'
let chromium: OpenedChromium
let script: string
let scratch: string
beforeAll(async () => {
  if (!hasChromium) return
  scratch = await mkdtemp(join(tmpdir(), 'backup-crossing-'))
  script = await buildScript(join(import.meta.dirname, 'crossing-page.ts'))
  chromium = await openChromium()
})
afterAll(async () => {
  await chromium?.close()
  if (scratch) await rm(scratch, { recursive: true, force: true })
})

describe.skipIf(!hasChromium).each([
  ['a window, in a folder that the user picked', 'directoryHandle', 'cross'],
  ['a worker, in the private file system', 'opfs', 'crossInWorker'],
] as const)('Node, then %s, then Node', (_, through, how) => {
  const versions = { 'by Node': text(300_000, 1), 'by Node again': text(300_000, 2), 'by the page': text(320_000, 3) }
  const extra = noise(200_000)
  let crossed: Crossed
  let back: string

  beforeAll(async () => {
    const [there, home] = [join(scratch, `${through}-there`), join(scratch, `${through}-back`)]
    back = home
    const { backup, source } = open(there)
    await backup.init()
    source.streams.set('extra', extra)
    for (const note of ['by Node', 'by Node again'] as const) {
      source.streams.set('notes', versions[note])
      await backup.run({ note })
    }
    await backup.close()

    const crossing: Crossing = {
      files: await carried(there),
      secret,
      added: { notes: base64(versions['by the page']), extra: base64(extra) },
      through,
    }
    const { page, context } = await chromium.site({ script })
    crossed = how === 'cross' ? await page.evaluate(`built.cross(${JSON.stringify(crossing)})`) : await page.evaluate(inWorker(script, crossing))
    await context.close()
    for (const [path, bytes] of crossed.files) {
      await mkdir(dirname(join(home, path)), { recursive: true })
      await writeFile(join(home, path), Buffer.from(bytes, 'base64'))
    }
  })

  test('the browser restores what Node stored, to the byte', () => {
    for (const note of ['by Node', 'by Node again'] as const) {
      expect(crossed.restored[note]).toEqual({ notes: base64(versions[note]), extra: base64(extra) })
    }
  })

  test('the browser stores only what is new, and finds nothing wrong', () => {
    expect(crossed.problems).toEqual([])
    expect(crossed.storedBytes).toBeLessThan(versions['by the page'].length / 2)
  })

  test('the browser changes nothing that Node wrote', async () => {
    const after = new Map(crossed.files)
    for (const [path, bytes] of await carried(join(scratch, `${through}-there`))) expect([path, after.get(path)]).toEqual([path, bytes])
  })

  test('Node restores all of it, to the byte, and goes on', async () => {
    const { backup, source } = open(back)
    expect((await backup.verify({ depth: 'data' })).problems).toEqual([])
    for (const [note, bytes] of Object.entries(versions)) {
      const snapshot = (await backup.snapshots()).find((one) => one.note === note)!
      await backup.restore(snapshot.id, { to: note })
      expect(Buffer.compare(source.places.get(note)!.get('notes')!, bytes)).toBe(0)
      expect(Buffer.compare(source.places.get(note)!.get('extra')!, extra)).toBe(0)
    }
    source.streams.set('notes', versions['by the page'])
    source.streams.set('extra', extra)
    expect((await backup.run()).storedBytes).toBeLessThan(20_000)
    await backup.close()
  })
})

function open(folder: string): { backup: Backup; source: MemorySource } {
  const source = memorySource()
  const keys = passphrase(secret, { memoryKiB: 8192, passes: 1 })
  const backup = createBackup({ source, providers: [local(folder)], keys, runtime: nodeRuntime, state: join(scratch, 'state', folder.replaceAll('/', '_')) })
  return { backup, source }
}

async function carried(folder: string): Promise<CarriedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.map(async (path) => [path.slice(folder.length + 1), base64(await readFile(path))] as const))
}

/** The same script and call, in a worker of the page. */
function inWorker(text: string, crossing: Crossing): string {
  const call = `;built.cross(${JSON.stringify(crossing)}).then((crossed) => postMessage({ crossed }), (error) => postMessage({ error: String(error?.stack) }))`
  return `new Promise((resolve, reject) => {
    const worker = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(text + call)}], { type: 'text/javascript' })))
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.crossed))
  })`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** Lines of which each version has a few of its own. */
function text(bytes: number, version: number): Uint8Array {
  let lines = ''
  for (let line = 0; lines.length < bytes; line++) lines += `${line}: ${(line * 2_654_435_761) % 2 ** 32}${line % 500 === version ? ` of version ${version}` : ''}\n`
  return new TextEncoder().encode(lines)
}

function noise(bytes: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: bytes }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff)
}
