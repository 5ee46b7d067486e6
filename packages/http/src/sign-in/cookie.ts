/** One for each sign-in: two may be under way in one browser. */
export function cookieName(signIn: string): string {
  return `backup-sign-in-${signIn}`
}

export function setCookie(request: Request, signIn: string, value: string, path: string, seconds: number): string {
  const { protocol } = new URL(request.url)
  // A proxy that ends TLS does not show in the address; the browser says where it is.
  const isSecure = protocol === 'https:' || (request.headers.get('origin') ?? '').startsWith('https:')
  // `Lax`: the vendor's page leads back here, and the cookie has to come along.
  return `${cookieName(signIn)}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
}

export function readCookie(request: Request, signIn: string): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('=', 2))
  return pairs.find(([name]) => name === cookieName(signIn))?.[1]
}
