import { execFile, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cephConfig } from './ceph-config.ts'
import { areInstalled, daemons, systemPath } from './daemons.ts'
import { freePorts } from './free-ports.ts'
import type { ServerOptions } from './server-options.ts'

/** A gateway that speaks S3, with a cluster of its own behind it. */
export interface Ceph {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  /** The gateway itself, for signals. */
  readonly gateway: ChildProcess
  /** Runs `radosgw-admin` and returns what it prints. */
  admin(...args: string[]): Promise<string>
  /** The version that runs, for the log. */
  version(): Promise<string>
  stop(): Promise<void>
}

const run = promisify(execFile)
const programs = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'monmaptool']
const env = { ...process.env, PATH: systemPath }
const patienceMs = 30_000
const attempts = 3

/** Are the programs there that {@link startCeph} starts? */
export function cephIsInstalled(): boolean {
  return areInstalled(programs)
}

/**
 * Starts monitor, store and gateway on free ports, with everything they write in `folder`, which must be
 * empty. Takes about 15 seconds.
 *
 * @throws Error with the ends of the logs when they do not come up; what did is stopped then.
 */
export async function startCeph(folder: string, options: ServerOptions = {}): Promise<Ceph> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(join(folder, String(attempt)), options)
    } catch (error) {
      // What speaks before it knows the cluster is refused, and may wait for ever.
      if (attempt === attempts) throw error
    }
  }
}

async function startOnce(folder: string, { largestPage = 1_000 }: ServerOptions): Promise<Ceph> {
  const [monitorPort = 0, gatewayPort = 0] = await freePorts(2)
  const fsid = randomUUID()
  const endpoint = `http://127.0.0.1:${gatewayPort}`
  const config = join(folder, 'ceph.conf')
  for (const name of ['mon', 'osd', 'gateway', 'crash']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(config, cephConfig({ folder, fsid, monitorPort, gatewayPort, largestPage }))
  writeFileSync(join(folder, 'keyring'), '')

  // The gateway stops first: it waits for a store that is gone, and a store that lost its monitor heeds no
  // SIGTERM.
  const all = daemons(folder)
  const call = async (program: string, ...args: string[]): Promise<string> => {
    const options = { env, timeout: patienceMs, maxBuffer: 16 * 1024 ** 2 }
    return (await run(program, ['--conf', config, ...args], options)).stdout
  }
  const ask = async (...question: string[]): Promise<string> => {
    for (let left = 5; ; left--) {
      try {
        return await call('ceph', '--connect-timeout', '10', ...question)
      } catch (error) {
        // A question that comes before the map of the monitors is asked in the name of no cluster, and
        // refused.
        if (left === 0) throw error
        await sleep(300)
      }
    }
  }
  const daemon = (program: string, ...args: string[]): ChildProcess =>
    all.start(program, '--conf', config, '-f', ...args)

  try {
    const map = join(folder, 'monmap')
    const address = `[v1:127.0.0.1:${monitorPort}]`
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, map], { env })
    await call('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map)
    daemon('ceph-mon', '-i', 'a')
    const store = randomUUID()
    await ask('osd', 'new', store)
    await call('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', store)
    daemon('ceph-osd', '-i', '0')
    await ask('osd', 'crush', 'create-or-move', 'osd.0', '1', 'root=default', 'host=here')
    const gateway = daemon('radosgw', '-n', 'client.gateway')
    const [accessKey, secretKey] = [`key${randomUUID().slice(0, 8)}`, randomUUID()]
    await all.untilAnswers(endpoint, gateway, patienceMs)
    const admin = (...args: string[]): Promise<string> => call('radosgw-admin', ...args)
    const keys = ['--access-key', accessKey, '--secret-key', secretKey]
    await admin('user', 'create', '--uid', 'tester', '--display-name', 'tester', ...keys)
    const version = async (): Promise<string> => (await call('radosgw', '--version')).trim()
    return { endpoint, accessKey, secretKey, gateway, admin, version, stop: () => all.stop() }
  } catch (error) {
    await all.stop()
    throw new Error(`Ceph does not start: ${String(error)}\n${all.endOfLogs()}`, { cause: error })
  }
}
