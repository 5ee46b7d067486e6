import { BackupError } from '@backup/core'
import type { Vault } from '../backup/vault.ts'
import type { LiveStore } from '../store/live-store.ts'
import { type RefusalCode, isRefusal } from '../store/refusal.ts'
import type { Access } from './access.ts'
import { answerApi } from './api.ts'

export interface AnswerOptions {
  readonly access: Access
  readonly live: LiveStore
  readonly vault: Vault
  readonly page: (request: Request) => Response | undefined
}

const statuses: Readonly<Record<RefusalCode, number>> = { invalid: 422, 'not-found': 404, exists: 409, 'out-of-stock': 409, restoring: 503 }
/** Where browsers come back from a vendor: they do not know the token, and `@backup/http` knows who they are by the sign-in itself. */
const callback = '/api/backup/oauth/callback'

/** What this process says to a request. */
export function createAnswer({ access, live, vault, page }: AnswerOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url)
    const isOpen = !pathname.startsWith('/api/') || (pathname === callback && request.method === 'GET')
    const refusal = isOpen ? access.refusalOfHost(request) : access.refusal(request)
    if (refusal) return refusal
    if (pathname.startsWith('/api/backup/')) return vault.answer(request) ?? json({ code: 'no-backup', message: 'Say first where backups go.' }, 503)
    if (!pathname.startsWith('/api/store/')) return page(request) ?? json({ code: 'not-found', message: 'There is nothing here.' }, 404)
    try {
      return json(await answerApi(request, pathname.slice('/api/store'.length), { live, vault }))
    } catch (error) {
      return failure(error)
    }
  }
}

function failure(error: unknown): Response {
  if (isRefusal(error)) {
    const { code, message, field } = error
    return json({ code, message, ...(field !== undefined && { field }) }, statuses[code], code === 'restoring' ? { 'retry-after': '2' } : {})
  }
  if (BackupError.is(error)) return json({ code: error.kind, message: error.message, hint: error.hint }, 409)
  console.error(error)
  return json({ code: 'failed', message: 'Something went wrong, and nothing was changed.' }, 500)
}

function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(value, { status, headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers } })
}
