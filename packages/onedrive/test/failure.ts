import type { FakeMicrosoft } from '@backup-internal/fakes/microsoft'
import { BackupError } from '@backup/core'
import { inspect } from 'node:util'
import { expect } from 'vitest'

/** How a call fails; it has to. */
export async function failure(call: Promise<unknown>): Promise<BackupError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!BackupError.is(error)) throw new Error(`Not refused as it should be: ${String(error)}`)
  return error
}

/** Neither tokens nor addresses that are a permission. */
export function expectNoSecrets(error: BackupError, { server }: FakeMicrosoft): void {
  const text = inspect(error, { depth: 9, showHidden: true })
  for (const { headers, url } of server.arrived) {
    const bearer = headers.get('authorization')?.replace('Bearer ', '')
    if (bearer !== undefined) expect(text).not.toContain(bearer)
    const secret = /\/(?:upload|download)\/([\w-]+)/.exec(url.pathname)?.[1]
    if (secret !== undefined) expect(text).not.toContain(secret)
  }
  expect(text).not.toContain('which nobody should read')
}
