import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const files = [
  ['/', 'index.html', 'text/html'],
  ['/app.js', 'app.js', 'text/javascript'],
  ['/app.css', 'app.css', 'text/css'],
] as const

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** What `ui/build.ts` made. @returns nothing for what is no page */
export function pages(folder: string): (request: Request) => Response | undefined {
  const known = new Map<string, readonly [type: string, bytes: Buffer]>(
    files.map(([path, file, type]) => [path, [type, readFileSync(join(folder, file))]] as const),
  )
  return (request) => {
    const [type, bytes] = known.get(new URL(request.url).pathname) ?? []
    if (!bytes || request.method !== 'GET') return undefined
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy': policy,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-cache',
      },
    })
  }
}
