/** What a worker is in its window, and the window in its worker: it takes messages, and tells of those that came. */
export interface MessageTarget {
  postMessage(message: unknown, transfer?: readonly never[]): void
  addEventListener(type: 'message', listener: (event: MessageLike) => void): void
  removeEventListener(type: 'message', listener: (event: MessageLike) => void): void
}

export interface MessageLike {
  readonly data: unknown
  readonly ports?: readonly unknown[]
  stopImmediatePropagation?(): void
}

/** An end of a channel that is theirs alone. */
export interface Port {
  postMessage(message: Asked | Answered, transfer?: readonly unknown[]): void
  start(): void
  close(): void
  onmessage: ((event: { readonly data: never }) => void) | null
}

/** What is said before there is a channel, whoever of the two was there first: `here` by the window, `wanted` by the worker. */
export type Greeting = 'here' | 'wanted' | 'channel'

const mark = '@backup/tauri'

export function greeting(word: Greeting): object {
  return { [mark]: word }
}

/** What the application and its worker have to say to one another is none of ours, and ours is none of theirs. */
export function heard(event: MessageLike, word: Greeting): boolean {
  const { data } = event
  if (typeof data !== 'object' || data === null || (data as Record<string, unknown>)[mark] !== word) return false
  event.stopImmediatePropagation?.()
  return true
}

/** A command of the plugins, as `invoke` takes it. */
export interface Asked {
  readonly id: number
  readonly command: string
  readonly given: unknown
  readonly options: unknown
}

/** What it came to, or the text with which it failed. */
export interface Answered {
  readonly id: number
  readonly result?: unknown
  readonly failure?: unknown
}
