import type { Answer } from '../wire/index.ts'
import { graphError } from './graph-answer.ts'

interface ThrottleStyle {
  readonly seconds: number
  readonly status?: 429 | 503 | 509
  readonly as?: 'seconds' | 'date' | 'nothing'
  /** Each request inside of the window makes it so many times as long. [2] */
  readonly growth?: number
}

/** One budget for the whole account. Who asks inside of the window is told to wait longer. */
export interface Throttle {
  start(style: ThrottleStyle): void
  stop(): void
  /** Requests that came although they had been told to wait. */
  ignored(): number
  refused(): number
  /** The answer to a request that comes too early. */
  check(): Answer | undefined
}

export function throttle(now: () => number): Throttle {
  let style: ThrottleStyle | undefined
  let seconds = 0
  let until = 0
  let told = false
  let ignored = 0
  let refused = 0

  return {
    start(next) {
      style = next
      seconds = next.seconds
      until = now() + seconds * 1000
      told = false
    },
    stop() {
      style = undefined
    },
    ignored: () => ignored,
    refused: () => refused,
    check() {
      if (!style || now() >= until) return undefined
      refused++
      if (told) {
        ignored++
        seconds *= style.growth ?? 2
        until = now() + seconds * 1000
      }
      told = true
      const { as = 'seconds', status = 429 } = style
      const left = Math.ceil((until - now()) / 1000)
      const after = { seconds: String(left), date: new Date(now() + left * 1000).toUTCString(), nothing: '' }[
        as
      ]
      const code = { 429: 'activityLimitReached', 503: 'serviceNotAvailable', 509: 'bandwidthLimitExceeded' }[
        status
      ]
      return graphError(status, code, {
        headers: {
          date: new Date(now()).toUTCString(),
          ...(after !== '' && { 'retry-after': after }),
          'ratelimit-limit': '1200',
          'ratelimit-remaining': '0',
          'ratelimit-reset': String(left),
        },
      })
    },
  }
}
