import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { token } from './token.ts'

/** What the program says when it does not do what it is asked to. */
export interface Refused extends Error {
  readonly code: string
  readonly field?: string
  readonly hint?: string
}

/** @throws a {@link Refused} */
export async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(`/api/store${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  } catch {
    throw refused({ code: 'offline', message: 'Iron Store does not answer. Is it still running?' })
  }
  const answer: unknown = await response.json().catch(() => ({ code: 'offline', message: 'Iron Store does not answer as it should.' }))
  if (!response.ok) throw refused(answer as Refused)
  if (body) changed()
  return answer as Answer
}

function refused({ message, ...known }: Pick<Refused, 'code' | 'message'>): Refused {
  return Object.assign(new Error(message), known)
}

let version = 0
const listeners = new Set<() => void>()

/** Whatever is shown is asked for again: something was written, or restored. */
export function changed(): void {
  version++
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export interface Asked<Answer> {
  /** What was known last stays until there is something newer. */
  readonly data: Answer | undefined
  readonly error: Refused | undefined
  /** Asks again. */
  retry(): void
}

/** What the program answers at a path, kept up to date. @param path nothing asks nothing */
export function useAsk<Answer>(path: string | undefined): Asked<Answer> {
  const known = useSyncExternalStore(subscribe, () => version)
  const [tries, setTries] = useState(0)
  const [state, setState] = useState<Omit<Asked<Answer>, 'retry'>>({ data: undefined, error: undefined })
  useEffect(() => {
    if (path === undefined) return undefined
    let isWanted = true
    ask<Answer>(path).then(
      (data) => isWanted && setState({ data, error: undefined }),
      (error: Refused) => isWanted && setState(({ data }) => ({ data, error })),
    )
    return () => {
      isWanted = false
    }
  }, [path, known, tries])
  return { ...state, retry: useCallback(() => setTries((count) => count + 1), []) }
}

export interface Task {
  readonly isBusy: boolean
  readonly error: Refused | undefined
  /** @returns whether it went well */
  run(): Promise<boolean>
}

/** Something that somebody starts, and that may be refused. */
export function useTask(work: () => Promise<unknown>): Task {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Refused>()
  const run = async (): Promise<boolean> => {
    setBusy(true)
    setError(undefined)
    try {
      await work()
      return true
    } catch (reason) {
      setError(reason as Refused)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { isBusy, error, run }
}
