import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buildScript, chromiumIsThere, type OpenedChromium, openChromium } from '@backup-internal/fakes/chromium'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type App, startApp } from './app.ts'
import type { Done, Request, Task } from './worker-page.ts'

// The engine in a worker of Chromium. Only its window is answered, as in Tauri; the files and the SQLite behind it are real.

const hasChromium = chromiumIsThere()
let chromium: OpenedChromium
let script: string
beforeAll(async () => {
  if (!hasChromium) return
  script = await buildScript(join(import.meta.dirname, 'worker-page.ts'))
  chromium = await openChromium()
})
afterAll(() => chromium?.close())

interface Carried {
  readonly command: string
  readonly given?: unknown
  /** Bytes, where that is what was given. */
  readonly base64?: string
  readonly options?: object
}

type Invoke = (command: string, given?: unknown, options?: object) => Promise<unknown>

/** What Tauri has in a window, and in no worker. */
const internals = `window.__TAURI_INTERNALS__ = {
  async invoke(command, given, options) {
    const toBase64 = (bytes) => { let text = ''; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text) }
    const carried = given instanceof Uint8Array ? { base64: toBase64(given) } : { given }
    const { failure, base64, result } = await tauriCore({ command, options, ...carried })
    if (failure !== undefined) throw failure
    return base64 === undefined ? result : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer
  },
}`

async function answerFor({ command, given, base64, options }: Carried): Promise<object> {
  const { invoke } = (globalThis as unknown as { __TAURI_INTERNALS__: { invoke: Invoke } }).__TAURI_INTERNALS__
  try {
    const result = await invoke(command, base64 === undefined ? given : new Uint8Array(Buffer.from(base64, 'base64')), options)
    return result instanceof ArrayBuffer ? { base64: Buffer.from(result).toString('base64') } : { result }
  } catch (failure) {
    return { failure }
  }
}

describe.skipIf(!hasChromium).each([
  ['that was served before it asked', false],
  ['that asked before it was served', true],
])('a worker %s', (_, isLate) => {
  let app: App
  let sql: (query: string) => Promise<unknown>
  let ask: (task: Task) => Promise<Done>
  beforeEach(async () => {
    app = startApp()
    const { page, context } = await chromium.site()
    await page.exposeFunction('tauriCore', answerFor)
    await page.evaluate(internals)
    await page.addScriptTag({ content: script })
    sql = (query) => page.evaluate(`built.sql(${JSON.stringify(query)})`)
    ask = (task) => page.evaluate<Done>(`built.ask(${JSON.stringify({ task, folder: join(app.root, 'backups') } satisfies Request)})`)
    await sql('PRAGMA journal_mode = WAL')
    await sql('CREATE TABLE invoice (id INTEGER PRIMARY KEY, text TEXT)')
    await sql(`INSERT INTO invoice (text) SELECT hex(randomblob(200)) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n)`)
    await page.evaluate(`built.startWorker(${JSON.stringify(script)}, ${isLate})`)
    return async () => {
      await context.close()
      app[Symbol.dispose]()
    }
  })

  test('backs up the database that the window has open, and restores it', async () => {
    expect(await ask('backup')).toMatchObject({ isWindow: false, answer: { proof: { complete: true } } })
    await sql('DELETE FROM invoice WHERE id > 10')
    const restored = await ask('restore')
    expect(restored).toMatchObject({ isWindow: false, answer: { requiresRestart: false, safetyCopy: expect.any(String) } })
    expect(await sql('SELECT count(*) AS n FROM invoice')).toEqual([{ n: 2000 }])
    const kept = new DatabaseSync((restored as { answer: { safetyCopy: string } }).answer.safetyCopy, { readOnly: true })
    expect(kept.prepare('SELECT count(*) AS n FROM invoice').get()).toEqual({ n: 10 })
    kept.close()
  })

  test('hears what the application says, as it says it', async () => {
    app.fail('plugin:fs|write_file', 'No space left on device (os error 28)')
    expect(await ask('backup')).toMatchObject({ kind: 'quota', error: expect.stringContaining('os error 28') })
    expect(app.failures()).toBeGreaterThan(0)
  })

  test('reaches nothing but the plugins for files and databases', async () => {
    expect(await ask('other command')).toMatchObject({ error: expect.stringContaining('plugin:shell|execute not allowed') })
    expect(app.commands).not.toContain('plugin:shell|execute')
  })
})
