import { execFile, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { areInstalled, daemons, systemPath } from './daemons.ts'
import { freePorts } from './free-ports.ts'
import type { ServerOptions } from './server-options.ts'
import { proxyConfig, storageConfig, storageServers, type SwiftPlace } from './swift-config.ts'

/** A gateway that speaks less of S3: no conditional puts, no locks, no storage classes. */
export interface Swift {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  /** The gateway itself, for signals. */
  readonly gateway: ChildProcess
  /** Lets a bucket hold so many bytes, and so many of parts that wait for their upload to end. */
  limit(bucket: string, bytes: number): Promise<void>
  /** The version that runs, for the log. */
  version(): Promise<string>
  stop(): Promise<void>
}

const run = promisify(execFile)
const programs = [
  'swift-proxy-server',
  ...storageServers.map((name) => `swift-${name}-server`),
  'swift-ring-builder',
  'memcached',
]
const env = { ...process.env, PATH: systemPath }
/** Five programs in Python, on a machine that may have other things to do. */
const patienceMs = 120_000

/** Are the programs there that {@link startSwift} starts? */
export function swiftIsInstalled(): boolean {
  return areInstalled(programs)
}

/**
 * Starts gateway, storage servers and cache on free ports, with everything they write in `folder`, which must
 * be empty and on a file system with extended attributes. Takes about 5 seconds.
 *
 * @throws Error with the ends of the logs when they do not come up; what did is stopped then.
 */
export async function startSwift(folder: string, { largestPage = 1_000 }: ServerOptions = {}): Promise<Swift> {
  const [proxy = 0, account = 0, container = 0, object = 0, cache = 0] = await freePorts(5)
  const [accessKey, secretKey] = ['shop:keeper', randomUUID()]
  const ports = { proxy, account, container, object, cache }
  const place: SwiftPlace = { folder, user: userInfo().username, accessKey, secretKey, ports, largestPage }
  const endpoint = `http://127.0.0.1:${proxy}`
  mkdirSync(join(folder, 'disks', 'one'), { recursive: true })

  const all = daemons(folder)
  try {
    all.start('memcached', '-l', '127.0.0.1', '-p', String(cache), '-U', '0', '-u', place.user)
    await Promise.all(storageServers.map((name) => makeRing(folder, name, ports[name])))
    const storage = storageServers.map(async (name) => {
      const config = join(folder, `${name}.conf`)
      writeFileSync(config, storageConfig(place, name))
      const server = all.start(`swift-${name}-server`, config, '-v')
      await all.untilAnswers(`http://127.0.0.1:${ports[name]}/`, server, patienceMs)
    })
    const config = join(folder, 'proxy.conf')
    writeFileSync(config, proxyConfig(place), { mode: 0o600 })
    const gateway = all.start('swift-proxy-server', config, '-v')
    await Promise.all([...storage, all.untilAnswers(`${endpoint}/info`, gateway, patienceMs)])

    const limit = async (name: string, bytes: number): Promise<void> => {
      const signedIn = await fetch(`${endpoint}/auth/v1.0`, {
        headers: { 'x-auth-user': accessKey, 'x-auth-key': secretKey },
      })
      const token = signedIn.headers.get('x-auth-token') ?? ''
      const headers = { 'x-auth-token': token, 'x-container-meta-quota-bytes': String(bytes) }
      for (const bucket of [name, `${name}+segments`]) {
        const url = `${signedIn.headers.get('x-storage-url')}/${encodeURIComponent(bucket)}`
        const { status } = await fetch(url, { method: 'PUT', headers })
        if (status >= 300) throw new Error(`Swift sets no quota: ${status}.`)
      }
    }
    const version = async (): Promise<string> => {
      const info = (await (await fetch(`${endpoint}/info`)).json()) as { swift?: { version?: string } }
      return `OpenStack Swift ${info.swift?.version ?? 'of unknown version'}`
    }
    return { endpoint, accessKey, secretKey, gateway, limit, version, stop: () => all.stop() }
  } catch (error) {
    await all.stop()
    throw new Error(`Swift does not start: ${String(error)}\n${all.endOfLogs()}`, { cause: error })
  }
}

/** Where things are stored, as far as there is a choice. */
async function makeRing(folder: string, name: string, port: number): Promise<void> {
  const builder = join(folder, `${name}.builder`)
  const steps = [['create', '2', '1', '0'], ['add', `r1z1-127.0.0.1:${port}/one`, '1'], ['rebalance']]
  for (const step of steps) await run('swift-ring-builder', [builder, ...step], { env })
}
