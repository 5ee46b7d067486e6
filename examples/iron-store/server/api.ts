import type { Vault } from '../backup/vault.ts'
import type { LiveStore } from '../store/live-store.ts'
import { wholeOf } from '../store/check.ts'
import { refuse } from '../store/refusal.ts'

type Body = Readonly<Record<string, unknown>>

interface Call {
  readonly live: LiveStore
  readonly vault: Vault
  readonly id: number
  readonly query: URLSearchParams
  readonly body: Body
}

type Route = (call: Call) => unknown

const pageSize = 50

/** By method and path; `:id` is a number. What they return is the answer. */
const routes: Readonly<Record<string, Route>> = {
  'GET /figures': ({ live }) => live.read((store) => store.figures()),
  'GET /shop': ({ live }) => live.read((store) => store.shop.get()),
  'POST /shop': ({ live, body }) => live.write((store) => store.shop.change(body)),

  'GET /products': ({ live, query }) => live.read((store) => store.products.list(query.get('search') ?? '')),
  'POST /products': ({ live, body }) => live.write((store) => store.products.add(body)),
  'POST /products/:id': ({ live, id, body }) => live.write((store) => store.products.change(id, body)),
  'POST /products/:id/moves': ({ live, id, body }) => live.write((store) => store.products.move(id, Number(body['change']), String(body['reason'] ?? ''))),
  'POST /prices': async ({ live, vault, body }) => {
    const permille = wholeOf(body['permille'], 'permille', [-900, 9000])
    // All prices at once is what people want to have undone.
    await vault.before('all prices were changed')
    return live.write((store) => ({ changed: store.products.reprice(permille) }))
  },

  'GET /customers': ({ live, query }) => live.read((store) => store.customers.list(query.get('search') ?? '')),
  'GET /customers/:id': ({ live, id }) => live.read((store) => store.customers.get(id)),
  'POST /customers': ({ live, body }) => live.write((store) => store.customers.add(body)),
  'POST /customers/:id': ({ live, id, body }) => live.write((store) => store.customers.change(id, body)),

  'GET /invoices': ({ live, query }) =>
    live.read((store) => store.invoices.list({ search: query.get('search') ?? '', before: Number(query.get('before') ?? Number.MAX_SAFE_INTEGER), limit: pageSize })),
  'GET /invoices/:id': ({ live, id }) => live.read((store) => ({ ...store.invoices.get(id), shop: store.shop.get() })),
  'POST /invoices': ({ live, body }) => live.write((store) => store.invoices.write(body)),
  'POST /invoices/:id/cancel': ({ live, id, body }) => live.write((store) => store.invoices.cancel(id, String(body['reason'] ?? ''))),
  'GET /void-numbers': ({ live }) => live.read((store) => store.numbers.void()),

  'GET /settings': ({ vault }) => vault.settings(),
  'POST /settings': ({ vault, body }) => vault.change(body),
  'POST /recover': ({ vault, body }) => vault.recover(body),
  'POST /unlock': ({ vault, body }) => vault.unlock(body),
  'GET /interrupted': ({ vault }) => vault.notes.interrupted() ?? null,
  'POST /interrupted/dismiss': ({ vault }) => {
    vault.notes.dismiss()
    return null
  },
}

const table = Object.entries(routes).map(([name, route]) => {
  const [method, path] = name.split(' ') as [string, string]
  return { method, pattern: new RegExp(`^${path.replace(':id', '(\\d+)')}$`), route }
})

/** @param path what comes behind `/api/store` */
export async function answerApi(request: Request, path: string, { live, vault }: Pick<Call, 'live' | 'vault'>): Promise<unknown> {
  const found = table.find(({ method, pattern }) => method === request.method && pattern.test(path))
  if (!found) throw refuse('not-found', 'There is nothing here.')
  const id = Number(found.pattern.exec(path)?.[1] ?? 0)
  const body = request.method === 'POST' ? await bodyOf(request) : {}
  return found.route({ live, vault, id, query: new URL(request.url).searchParams, body })
}

const mostBytes = 1_000_000

async function bodyOf(request: Request): Promise<Body> {
  if (!(request.headers.get('content-type') ?? '').startsWith('application/json')) throw refuse('invalid', 'Send JSON.')
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of request.body ?? []) {
    bytes += part.length
    // Read to its end all the same: who still sends does not listen.
    if (bytes <= mostBytes) parts.push(part)
  }
  if (bytes > mostBytes) throw refuse('invalid', 'That is too much at once.')
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString() || '{}')
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body
  } catch {}
  throw refuse('invalid', 'Send JSON: an object.')
}
