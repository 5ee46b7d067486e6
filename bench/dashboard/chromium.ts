import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What of Chromium's DevTools protocol is asked: commands of one page. */
interface Tab {
  send<Answer>(command: string, parameters?: object): Promise<Answer>
  close(): Promise<void>
}

export interface Chromium {
  /** A page with no cache and no cookies. */
  open(): Promise<Tab>
  close(): Promise<void>
}

/**
 * Chromium, with nothing of its pages looked at but what is asked for. Programs that drive browsers listen to requests, for which it takes
 * down where in the script each came from: 20 ms of a page's scripting that nobody has who opens it.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
export async function startChromium(): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const program = spawn(process.env['CHROMIUM'] ?? '/usr/bin/chromium', [
    '--headless',
    '--no-sandbox',
    '--no-first-run',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(program, 'exit')
  const browser = await connect(await addressOf(program.stderr))
  return {
    async open() {
      const { browserContextId } = await browser.send<{ browserContextId: string }>('Target.createBrowserContext')
      const { targetId } = await browser.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank', browserContextId, width: 1200, height: 850 })
      const { sessionId } = await browser.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
      return {
        send: (command, parameters) => browser.send(command, parameters, sessionId),
        close: () => browser.send('Target.disposeBrowserContext', { browserContextId }),
      }
    },
    async close() {
      await browser.send('Browser.close')
      await ended
      browser.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** It says where it listens, once it does. */
async function addressOf(said: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface(said)) {
    const address = /^DevTools listening on (\S+)$/.exec(line)?.[1]
    if (address !== undefined) {
      said.resume()
      return address
    }
    lines.push(line)
  }
  throw new Error(`Chromium did not start: ${lines.join('\n')}`)
}

interface Reply {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

async function connect(address: string): Promise<{ send<Answer>(command: string, parameters?: object, sessionId?: string): Promise<Answer>; close(): void }> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, (reply: Reply) => void>()
  let last = 0
  await once(socket, 'open')
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply
    if (reply.id === undefined) return
    waiting.get(reply.id)!(reply)
    waiting.delete(reply.id)
  })
  return {
    send<Answer>(command: string, parameters: object = {}, sessionId?: string) {
      socket.send(JSON.stringify({ id: ++last, method: command, params: parameters, sessionId }))
      return new Promise<Answer>((resolve, reject) => {
        waiting.set(last, ({ result, error }) => (error ? reject(new Error(`Chromium: ${error.message}`)) : resolve(result as Answer)))
      })
    },
    close: () => socket.close(),
  }
}
