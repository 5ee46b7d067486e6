/** One request, as messages and the watchdog see it. */
export interface Request {
  /** Completes "Cannot …". */
  readonly doing: string
  /** The object, prefix or folder concerned. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

/** An answer that has come in whole. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

/** The body as JSON; `undefined` when it is none, or no object. */
export function jsonOf({ body }: Pick<Answer, 'body'>): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
