import { refuse } from '../problem/refusal.ts'

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses what a page of another site has the browser of a signed-in user send. Browsers say themselves where a request comes from
 * (`Sec-Fetch-Site`, on https and on this machine); older ones, and on http, by `Origin`, which has to be the host that was asked. What
 * sends neither is no browser, and carries nobody's cookies.
 *
 * Hosts are compared, not schemes: behind a proxy that ends TLS the program sees http.
 *
 * @param trusted further origins, to the letter
 * @throws `origin`
 * @see https://words.filippo.io/csrf/
 */
export function checkOrigin(request: Request, trusted: readonly string[]): void {
  if (safeMethods.includes(request.method)) return
  const origin = request.headers.get('origin')
  if (origin !== null && trusted.includes(origin)) return
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) {
    if (site === 'same-origin' || site === 'none') return
    throw foreign(origin)
  }
  if (origin !== null && !isHere(origin, request)) throw foreign(origin)
}

/** What keeps this from being an origin as browsers send it, in words; nothing when it is one. */
export function flawOf(origin: unknown): string | undefined {
  if (typeof origin !== 'string') return 'is no text'
  if (origin.includes('*')) return 'has a "*": each origin has to be named'
  const [, scheme = '', rest = ''] = /^([^:/]*):\/\/(.*)$/s.exec(origin) ?? []
  if (scheme === '' || rest === '') return 'is not a scheme, "://" and a host'
  if (rest.endsWith('/') && rest.indexOf('/') === rest.length - 1) return 'has a slash behind it, which no origin has'
  if (/[/?#]/.test(rest)) return 'has a path: an origin ends with its host, or the port'
  if (/[\s@]/.test(rest) || !URL.canParse(origin)) return 'is not a scheme, "://" and a host'
  // Of schemes that are not those of the web nothing else is known: "tauri://localhost".
  const { origin: known } = new URL(origin)
  const sent = known === 'null' ? origin.toLowerCase() : known
  return sent === origin ? undefined : `is sent as ${JSON.stringify(sent)}`
}

function isHere(origin: string, request: Request): boolean {
  if (!URL.canParse(origin)) return false
  return new URL(origin).host === (request.headers.get('host') ?? new URL(request.url).host)
}

function foreign(origin: string | null): Error {
  return refuse('origin', `A page of ${origin ?? 'another site'} asks. Its origin is not one of those that may.`)
}
