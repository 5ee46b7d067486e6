/** What a caller wants, as messages and the watchdog see it. */
export interface Purpose {
  /** Completes "Cannot …". */
  readonly doing: string
  /** The object, prefix or folder concerned. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

/** What all requests of one call share. */
export interface Request extends Purpose {
  /** How often the account had asked for a pause when the call began. */
  readonly pausesBefore: number
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
