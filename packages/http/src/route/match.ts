import { refuse } from '../problem/refusal.ts'

export interface Matched<Route> {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds the route of a request: by method and path, names with a colon standing for anything without a slash. */
export interface Matcher<Route> {
  /** @throws `unknown-route`, `method` */
  (method: string, pathname: string): Matched<Route>
}

interface Pattern<Route> {
  readonly method: string
  readonly parts: readonly string[]
  readonly route: Route
}

export function matcher<Route>(routes: Readonly<Record<string, Route>>, basePath: string): Matcher<Route> {
  const patterns = Object.entries(routes).map(([name, route]): Pattern<Route> => {
    const [method = '', path = ''] = name.split(' ')
    return { method, parts: path.slice(1).split('/'), route }
  })
  return (method, pathname) => {
    const parts = partsBelow(basePath, pathname)
    const fitting = patterns.filter((pattern) => parts && fits(pattern.parts, parts))
    if (!parts || fitting.length === 0) throw refuse('unknown-route', 'There is nothing at this address.')
    // Letters before names: `/trash/undelete` is not `/trash/:snapshot`.
    const [best] = fitting.filter((pattern) => pattern.method === method).sort((a, b) => namesIn(a) - namesIn(b))
    if (best) return { route: best.route, params: paramsOf(best.parts, parts) }
    const allowed = [...new Set(fitting.map((pattern) => pattern.method))].join(', ')
    throw refuse('method', `${method} is not possible here; ${allowed} is.`, {}, { allow: allowed })
  }
}

function partsBelow(basePath: string, pathname: string): readonly string[] | undefined {
  if (!pathname.startsWith(`${basePath}/`)) return undefined
  const below = pathname.slice(basePath.length + 1).replace(/\/$/, '')
  try {
    return below.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((part, at) => (part.startsWith(':') ? parts[at] !== '' : part === parts[at]))
}

function paramsOf(pattern: readonly string[], parts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pattern.flatMap((part, at) => (part.startsWith(':') ? [[part.slice(1), parts[at]!]] : [])))
}

function namesIn({ parts }: { readonly parts: readonly string[] }): number {
  return parts.filter((part) => part.startsWith(':')).length
}
