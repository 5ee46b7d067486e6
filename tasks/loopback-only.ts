import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { afterEach } from 'vitest'

/**
 * Runs before the tests of every file: a test that wants to reach anything but this machine fails, also when it takes the refusal
 * for the failure that it expects.
 */
const strangers = new Set<string>()

const isLoopback = (host: string): boolean =>
  host === '' || host === 'localhost' || host === '::1' || /^127(?:\.\d+){3}$/.test(host) || host.endsWith('.localhost')

function check(host: unknown): void {
  if (typeof host !== 'string' || isLoopback(host)) return
  strangers.add(host)
  throw Object.assign(new Error(`A test wants to reach ${host}.`), { code: 'ENOTFOUND' })
}

const { lookup } = dns
const { lookup: promisedLookup } = dns.promises
dns.lookup = Object.assign(
  (host: string, ...rest: unknown[]) => {
    check(host)
    return (lookup as (...call: unknown[]) => void)(host, ...rest)
  },
  { __promisify__: lookup.__promisify__ },
) as typeof dns.lookup
dns.promises.lookup = (async (host: string, ...rest: unknown[]) => {
  check(host)
  return (promisedLookup as (...call: unknown[]) => unknown)(host, ...rest)
}) as typeof dns.promises.lookup

function refuse(socket: net.Socket, host: string): void {
  strangers.add(host)
  socket.destroy()
}

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (this: net.Socket, ...call: unknown[]) {
  // Node hands the options over as an array of its own.
  const [first] = [call[0]].flat() as [{ readonly host?: unknown } | string | number]
  const host = typeof first === 'object' ? first.host : call[1]
  if (typeof host === 'string' && net.isIP(host) !== 0) check(host)
  // A name is looked up above. A test may have a look-up of its own, that leads any name to the loopback.
  else this.once('lookup', (_error: unknown, address?: string) => isLoopback(address ?? '') || refuse(this, String(host)))
  return (connect as (...call: unknown[]) => net.Socket).apply(this, call)
} as typeof connect
syncBuiltinESMExports()

/** The hosts that were reached for since somebody asked last. */
export function takeStrangers(): readonly string[] {
  const seen = [...strangers]
  strangers.clear()
  return seen
}

afterEach(() => {
  const seen = takeStrangers()
  if (seen.length > 0) throw new Error(`This test reached for ${seen.join(', ')}; only the loopback is there for tests.`)
})
