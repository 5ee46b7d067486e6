import { graphError, refusals, type FakeMicrosoft } from '@backup-internal/fakes/microsoft'
import type { Fault, IncomingHead } from '@backup-internal/fakes/wire'
import { seededRandom, type FixtureFault, type InjectedFault } from '@backup/core/testing'
import { vi } from 'vitest'

/** What a fault works on. */
interface Faulty {
  readonly fake: FakeMicrosoft
}

type Inject = (faulty: Faulty) => InjectedFault

const isDownload = ({ url }: IncomingHead): boolean => url.pathname.startsWith('/download/')
const isUpload = ({ url }: IncomingHead): boolean => url.pathname.startsWith('/upload/')
const isSignIn = ({ url }: IncomingHead): boolean => url.pathname.includes('/oauth2/')
const firstByte = ({ headers }: IncomingHead): number =>
  Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? 0)
const isLastFragment = ({ headers }: IncomingHead): boolean => {
  const [, last, total] = /-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
  return last !== undefined && Number(last) + 1 === Number(total)
}
const putsContent = (head: IncomingHead): boolean =>
  head.method === 'PUT' && (isUpload(head) ? isLastFragment(head) : head.url.pathname.endsWith('/content'))

/** Every fault of the wire while it lasts. */
const onWire =
  (plan: (head: IncomingHead) => Fault | undefined): Inject =>
  ({ fake: { server } }) => {
    const before = server.faults()
    server.fail((head) => (isSignIn(head) ? undefined : plan(head)))
    return { happened: () => server.faults() - before, end: () => server.fail(() => undefined) }
  }

/** A fault of the wire for the first request that it fits. */
const once = (fits: (head: IncomingHead) => boolean, fault: Fault): Inject => {
  return (faulty) => {
    let done = false
    return onWire((head) => {
      if (done || !fits(head)) return undefined
      done = true
      return fault
    })(faulty)
  }
}

const bodies = (fault: Fault): Inject => onWire((head) => (isDownload(head) ? fault : undefined))

const throttled =
  (style: Parameters<FakeMicrosoft['throttle']['start']>[0]): Inject =>
  ({ fake: { throttle } }) => {
    const before = throttle.refused()
    throttle.start({ ...style, growth: 1 })
    return { happened: () => throttle.refused() - before, end: () => throttle.stop() }
  }

const dyingUpload: Inject = (faulty) => {
  let dead = false
  return onWire((head) => {
    if (dead) return 'reset'
    if (!isUpload(head) || firstByte(head) === 0) return undefined
    dead = true
    // Its bytes came, and nobody was told.
    return 'lost-reply'
  })(faulty)
}

const randomErrors: Inject = (faulty) => {
  const random = seededRandom(20_261_121)
  const kinds: readonly Fault[] = [
    refusals['generalException'] as Fault,
    refusals['a web page with 502'] as Fault,
    refusals['gateway timeout'] as Fault,
    'reset',
    'lost-body',
    'lost-reply',
  ]
  return onWire(() => (random.below(10) < 3 ? kinds[random.below(kinds.length)] : undefined))(faulty)
}

/** What OneDrive can have of the faults of the suite. */
export const faults: Readonly<Partial<Record<FixtureFault, Inject>>> = {
  full({ fake: { quota, server } }) {
    const total = quota.total
    quota.total = quota.used() + 50_000
    const before = server.arrived.length
    return {
      happened: () => server.arrived.slice(before).filter(({ method }) => method !== 'GET').length,
      end: () => void (quota.total = total),
    }
  },
  'full-at-last-chunk': onWire((head) =>
    isUpload(head) && head.method === 'PUT' && isLastFragment(head)
      ? refusals['quotaLimitReached']
      : undefined,
  ),
  denied: onWire((head) => (isUpload(head) ? undefined : refusals['accessDenied'])),
  suspended({ fake: { switches, server } }) {
    switches.suspended = true
    const before = server.arrived.length
    return { happened: () => server.arrived.length - before, end: () => void (switches.suspended = false) }
  },
  reauth({ fake: { signIn } }) {
    const before = signIn.refusals()
    signIn.expireAccessTokens()
    signIn.endWith(50173)
    return { happened: () => signIn.refusals() - before, end: () => signIn.endWith(undefined) }
  },
  'expired-token'({ fake: { signIn } }) {
    const before = signIn.refusals()
    signIn.expireAccessTokens()
    return { happened: () => signIn.refusals() - before }
  },
  'throttled-seconds': throttled({ seconds: 400 }),
  'throttled-date': throttled({ seconds: 400, status: 503, as: 'date' }),
  'throttled-bare': (faulty) => onWire(() => graphError(429, 'activityLimitReached'))(faulty),
  'random-errors': randomErrors,
  'lost-reply': once(putsContent, 'lost-reply'),
  'early-refusal': onWire(({ method }) =>
    method === 'PUT' ? { ...graphError(403, 'accessDenied'), early: true } : undefined,
  ),
  'dies-mid-upload': dyingUpload,
  'keeps-fewer'({ fake: { sessions } }) {
    const before = sessions.switches.keepBytes.push(4 * 1024 * 1024)
    return { happened: () => before - sessions.switches.keepBytes.length }
  },
  'session-gone': (faulty) => {
    let happened = 0
    const { server, sessions } = faulty.fake
    server.fail((head) => {
      const goesOn = isUpload(head) && (firstByte(head) > 0 || head.method === 'GET')
      if (happened === 0 && goesOn) {
        happened++
        sessions.abandonAll()
      }
      return undefined
    })
    return { happened: () => happened, end: () => server.fail(() => undefined) }
  },
  unreachable: onWire(() => 'reset'),
  silence: onWire(() => 'silence'),
  'stalled-body': bodies({ stall: 100_000 }),
  trickle: bodies({ drip: { everyMs: 20 } }),
  cut: bodies({ cut: 10_000 }),
  'short-body': bodies({ short: 10_000 }),
  'html-error': onWire(() => refusals['a web page with 502']),
  'empty-error': onWire(() => refusals['an empty 500']),
  garbage: onWire(() => ({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: 'Once upon a time',
  })),
  'error-in-200': onWire(() => refusals['an error inside of a 200']),
  'ignores-range': (faulty) => {
    const { server, items } = faulty.fake
    const whole = items.files().find(({ content }) => content.length > 1_000)?.content ?? Buffer.alloc(0)
    void server
    return onWire((head) =>
      isDownload(head) && head.headers.has('range') ? { status: 200, body: whole } : undefined,
    )(faulty)
  },
  'wrong-range': (faulty) => {
    const whole =
      faulty.fake.items.files().find(({ content }) => content.length > 1_000)?.content ?? Buffer.alloc(0)
    return onWire((head) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(head.headers.get('range') ?? '') ?? []
      if (!isDownload(head) || first === undefined) return undefined
      const [from, to] = [Math.max(0, Number(first) - 1), Math.max(1, Number(last) - 1)]
      return {
        status: 206,
        headers: { 'content-range': `bytes ${from}-${to}/${whole.length}` },
        body: whole.subarray(from, to + 1),
      }
    })(faulty)
  },
  flipped({ fake: { items } }) {
    const files = items.files()
    for (const { parent, name, content } of files) {
      if (!parent || content.length === 0) continue
      const changed = Buffer.from(content)
      changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1
      items.write(parent, name, changed)
    }
    return { happened: () => files.length }
  },
  'clock-skew'({ fake: { server } }) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * 60_000 })
    const before = server.arrived.length
    return { happened: () => server.arrived.length - before, end: () => void vi.useRealTimers() }
  },
}
