import type { Answer } from '../wire/index.ts'

/** An error as Graph words it: a code, and often a more exact one inside of it. */
export function graphError(
  status: number,
  code: string,
  {
    inner,
    headers = {},
  }: { readonly inner?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  return {
    status,
    headers,
    body: {
      error: {
        code,
        message: `The text of the server for ${code}, which nobody should read.`,
        innerError: {
          ...(inner !== undefined && { code: inner }),
          date: '2026-01-01T00:00:00',
          'request-id': 'b6f5c9a0-0000-4000-8000-000000000001',
          'client-request-id': 'b6f5c9a0-0000-4000-8000-000000000002',
        },
      },
    },
  }
}

export const notFound = (): Answer => graphError(404, 'itemNotFound')
export const invalid = (inner?: string): Answer =>
  graphError(400, 'invalidRequest', inner === undefined ? {} : { inner })
export const taken = (): Answer => graphError(409, 'nameAlreadyExists')
export const noRoom = (): Answer => graphError(507, 'quotaLimitReached')
export const noToken = (): Answer => graphError(401, 'InvalidAuthenticationToken')
