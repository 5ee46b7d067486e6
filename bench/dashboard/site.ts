import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { BackupHandler } from '@backup/http'
import { toNodeHandler } from '@backup/http/node'
import { build } from 'esbuild'

/** The page that the tests of the dashboard use as well: one that holds nothing else. */
const page = fileURLToPath(new URL('../../packages/react/test/ui/page.tsx', import.meta.url))
const dist = fileURLToPath(new URL('../../packages/react/dist/', import.meta.url))

export interface Site {
  readonly url: string
  /** Requests so far, streams of events not counted. */
  readonly asked: number
  /** Since when nothing is asked and everything was answered; 0 while something is not. */
  readonly quietForMs: number
  close(): void
}

/** Serves page and handler, bundled and minified as for production. */
export async function serve(handler: BackupHandler): Promise<Site> {
  const files = await bundled(page, [])
  const script = files.find(({ path }) => path.endsWith('.js'))!.text
  const styles = files.find(({ path }) => path.endsWith('.css'))!.text
  const html = '<!doctype html><html lang="en"><link rel="stylesheet" href="/page.css"><main id="root"></main><script type="module" src="/page.js"></script></html>'
  const known: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': ['text/html', html],
    '/page.js': ['text/javascript', script],
    '/page.css': ['text/css', styles],
  }
  const answer = async (request: Request): Promise<Response> => {
    const [type, text] = known[new URL(request.url).pathname] ?? []
    return type === undefined ? handler(request) : new Response(text, { headers: { 'content-type': `${type}; charset=utf-8` } })
  }
  let [asked, open, changedMs] = [0, 0, performance.now()]
  const change = (by: 1 | -1): void => {
    open += by
    changedMs = performance.now()
  }
  const server = createServer((request, response) => {
    if (!request.url!.endsWith('/events/stream')) {
      asked++
      change(1)
      response.once('close', () => change(-1))
    }
    void toNodeHandler(answer)(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get asked() {
      return asked
    },
    get quietForMs() {
      return open > 0 ? 0 : performance.now() - changedMs
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** What a page has to load of this entry, minified and compressed, without React. */
export async function bytesOf(...entries: readonly string[]): Promise<number> {
  let bytes = 0
  for (const entry of entries) {
    const files = await bundled(dist + entry, ['react', 'react/jsx-runtime'])
    for (const { contents } of files) bytes += gzipSync(contents, { level: 9 }).length
  }
  return bytes
}

async function bundled(entry: string, external: string[]): Promise<{ path: string; text: string; contents: Uint8Array }[]> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    outdir: dist,
    write: false,
    external,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputFiles
}
