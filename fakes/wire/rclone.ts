import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Debian's rclone as a judge: a client that knows nothing of us and has talked to the real thing for years. */
export type Rclone = (...args: string[]) => Promise<string>

export interface RcloneSetup {
  /** An empty folder, for its configuration. */
  readonly folder: string
  /** One remote, by the name that commands use: `{ judged: { type: 'drive', … } }`. */
  readonly remotes: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The address of a {@link connectProxy}. */
  readonly proxy: string
  /** The certificate to trust, in PEM. */
  readonly trusted: string
}

const run = promisify(execFile)

export function rcloneIsInstalled(): boolean {
  return spawnSync('rclone', ['version']).status === 0
}

/** @throws Error with what rclone printed, when it fails */
export async function rclone({ folder, remotes, proxy, trusted }: RcloneSetup): Promise<Rclone> {
  const config = join(folder, 'rclone.conf')
  const sections = Object.entries(remotes).map(([name, options]) =>
    [`[${name}]`, ...Object.entries(options).map(([option, value]) => `${option} = ${value}`), ''].join('\n'),
  )
  await writeFile(config, sections.join('\n'), { mode: 0o600 })
  const authority = join(folder, 'authority.pem')
  await writeFile(authority, trusted)
  const env = { PATH: process.env['PATH'], HOME: folder, HTTPS_PROXY: proxy, SSL_CERT_FILE: authority }
  return async (...args) => {
    const patience = ['--retries', '1', '--low-level-retries', '3', '--contimeout', '10s', '--timeout', '30s']
    const { stdout } = await run('rclone', ['--config', config, ...patience, ...args], {
      env,
      timeout: 120_000,
      maxBuffer: 64 * 1024 ** 2,
    })
    return stdout
  }
}
