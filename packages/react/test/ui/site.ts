import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { toNodeHandler } from '@backup/http/node'
import { build } from 'esbuild'
import type { Shop } from './shop.ts'

export interface Site {
  readonly url: string
  /** What the page is told, instead of what the handler says; nothing for the handler. */
  instead: ((request: Request) => Promise<Response | undefined>) | undefined
  /** Nothing gets through: the network is gone, or the program. */
  cut(isCut: boolean): void
  close(): Promise<void>
}

const here = fileURLToPath(new URL('.', import.meta.url))

/** The page as an application would bundle it, for production. */
export async function bundle(entry = 'page.tsx'): Promise<{ readonly script: string; readonly styles: string }> {
  const { outputFiles } = await build({
    entryPoints: [here + entry],
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    outdir: here,
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const textOf = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? ''
  return { script: textOf('.js'), styles: textOf('.css') }
}

/** Serves page and handler, as an application does. */
export async function site(shop: Shop, { script, styles }: { readonly script: string; readonly styles: string }): Promise<Site> {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Iron Store</title><link rel="stylesheet" href="/page.css"><link rel="icon" href="data:,">
    <style>body { margin: 0; background: light-dark(#f6f7f9, #0f1216); color-scheme: light dark }</style><main id="root"></main><script type="module" src="/page.js"></script></html>`
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': ['text/html', html],
    '/page.js': ['text/javascript', script],
    '/page.css': ['text/css', styles],
  }
  const own: Site = { url: '', instead: undefined, cut: () => {}, close: async () => {} }
  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    if (url.pathname === '/vendor') return shop.vendor.page(url)
    const [type, text] = files[url.pathname] ?? []
    if (type !== undefined) return new Response(text, { headers: { 'content-type': `${type}; charset=utf-8` } })
    return (await own.instead?.(request)) ?? shop.handler(request)
  }
  const server = createServer((request, response) => void toNodeHandler(answer)(request, response))
  let isCut = false
  server.on('connection', (socket) => isCut && socket.destroy())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return Object.assign(own, {
    url: `http://127.0.0.1:${port}/`,
    cut(next: boolean) {
      isCut = next
      if (isCut) server.closeAllConnections()
    },
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  })
}
