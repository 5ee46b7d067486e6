/**
 * Lets pages of trusted origins read answers: a desktop shell that has an origin of its own, an application on another domain.
 *
 * @returns nothing for other origins: their browsers keep the answer from them
 */
export function crossOriginHeaders(request: Request, trusted: readonly string[]): Readonly<Record<string, string>> {
  const origin = request.headers.get('origin')
  if (origin === null || !trusted.includes(origin)) return {}
  return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'Origin' }
}

/** The answer to a browser that asks before it sends. */
export function preflight(request: Request, trusted: readonly string[], methods: readonly string[]): Response | undefined {
  if (request.method !== 'OPTIONS' || !request.headers.has('access-control-request-method')) return undefined
  return new Response(null, {
    status: 204,
    headers: {
      ...crossOriginHeaders(request, trusted),
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '',
      'access-control-max-age': '600',
    },
  })
}
