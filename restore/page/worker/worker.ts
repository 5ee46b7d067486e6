import { Damage, Stop } from '../../restore.mjs'
import { listen } from '../stand-ins/process.ts'
import { begin, choose, next, open, unlocked } from './engine.ts'
import type { Answer, Question, Questions } from './protocol.ts'

// The page asks, this answers. It may take as long as it needs: nothing else waits for it.

const answers: Questions = { open, unlock: unlocked, choose, begin, next }

interface Scope {
  onmessage: (event: { readonly data: readonly [question: Question, ...given: never[]] }) => void
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void
}
const page = globalThis as unknown as Scope

listen((text) => page.postMessage({ remark: text.replace(/^! /, '').trim() }))

page.onmessage = ({ data: [question, ...given] }) => {
  try {
    const answer = (answers[question] as (...words: never[]) => unknown)(...given)
    const { bytes } = (answer ?? {}) as { bytes?: unknown }
    page.postMessage({ answer } satisfies Answer, bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [])
  } catch (error) {
    page.postMessage(told(error))
  }
}

function told(error: unknown): Answer {
  const { message } = error as Error
  if (error instanceof Stop) return { stop: message }
  if (error instanceof Damage) return { damage: message }
  return { crash: `${message} ${(error as Error).stack ?? ''}` }
}
