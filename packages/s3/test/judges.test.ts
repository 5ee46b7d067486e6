import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { s3 } from '../src/index.ts'
import { freshBucket, onRadosgw, onSwift, type RealServer } from './real-servers.ts'

// Programs that know nothing of us, and have talked to S3 for years: they read what was put, and what they write
// is read.

/** Each takes a folder at a time: to start them is what takes long. */
interface Judge {
  readonly program: string
  get(place: Place, prefix: string, folder: string): Promise<unknown>
  put(place: Place, folder: string, prefix: string): Promise<unknown>
}

interface Place {
  readonly server: RealServer
  readonly bucket: string
}

const run = promisify(execFile)
const MiB = 1024 * 1024
/** Nothing, one request, and several parts. */
const sizes = [0, 5_000, 35 * MiB]

const judges: Readonly<Record<string, Judge>> = {
  awscli: judge('/usr/bin/aws', ({ server, bucket }, prefix, folder, isGet) => {
    const [from, to] = turned(`s3://${bucket}/${prefix}`, folder, isGet)
    return [
      '--endpoint-url',
      server.endpoint,
      '--region',
      'us-east-1',
      's3',
      'cp',
      '--recursive',
      '--only-show-errors',
      from,
      to,
    ]
  }),
  s3cmd: judge('/usr/bin/s3cmd', ({ server, bucket }, prefix, folder, isGet) => {
    const { host } = new URL(server.endpoint)
    const keys = [`--access_key=${server.accessKey}`, `--secret_key=${server.secretKey}`]
    const [from, to] = turned(`s3://${bucket}/${prefix}`, folder, isGet)
    const where = ['--config=/dev/null', `--host=${host}`, `--host-bucket=${host}`, '--no-ssl', ...keys]
    return [...where, ...(isGet ? ['get', '--force'] : ['put']), '--recursive', from, to]
  }),
  rclone: judge('/usr/bin/rclone', ({ server, bucket }, prefix, folder, isGet) => {
    const remote = `:s3,provider=Other,env_auth=true,endpoint='${server.endpoint}':${bucket}/${prefix}`
    const [from, to] = turned(remote, folder, isGet)
    return ['--config', '/dev/null', '--retries', '1', 'copy', from, to]
  }),
}

function judge(
  program: string,
  args: (place: Place, prefix: string, folder: string, isGet: boolean) => readonly string[],
): Judge {
  const call = (place: Place, prefix: string, folder: string, isGet: boolean): Promise<unknown> => {
    const { accessKey, secretKey } = place.server
    // Nothing of this machine's own set-up.
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: tmpdir(),
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
    }
    return run(program, [...args(place, prefix, folder, isGet)], { env, timeout: 240_000 })
  }
  return {
    program,
    get: (place, prefix, folder) => call(place, prefix, folder, true),
    put: (place, folder, prefix) => call(place, prefix, folder, false),
  }
}

function judged(server: () => RealServer): void {
  describe.each(Object.entries(judges))('%s', (name, { program, get, put }) => {
    const missing = existsSync(program) ? '' : `, SERVER NOT RUN: ${program} is not installed`
    test.skipIf(missing !== '' && !process.env['CI'])(
      `reads what was put, and writes what is read, byte for byte${missing}`,
      async () => {
        const options = { ...freshBucket(server()), prefix: 'shops/berlin' }
        const provider = s3(options)
        await provider.open({ create: true })
        const place = { server: server(), bucket: options.bucket }
        const folder = await mkdtemp(join(tmpdir(), `backup-${name}-`))
        // A folder is named by its slash, so that its content is meant.
        const [came, goes] = [`${folder}/came/`, `${folder}/goes/`]
        for (const path of [came, goes]) await mkdir(path)
        const bodies = sizes.map((size) => randomBytes(size))
        for (const body of bodies) await provider.put(`packs/0a/of-${body.length}`, body)
        await get(place, 'shops/berlin/packs/0a/', came)
        for (const body of bodies) {
          expect(sha256(await readFile(`${came}of-${body.length}`))).toBe(sha256(body))
          await writeFile(`${goes}back-${body.length}`, body.reverse())
        }
        await put(place, goes, 'shops/berlin/packs/0b/')
        for (const body of bodies) {
          expect(sha256(await provider.get(`packs/0b/back-${body.length}`))).toBe(sha256(body))
          expect((await provider.stat(`packs/0b/back-${body.length}`))?.size).toBe(body.length)
        }
        await provider.close?.()
        await rm(folder, { recursive: true })
      },
      300_000,
    )
  })
}

onRadosgw(judged)
onSwift(judged)

function turned(remote: string, folder: string, isGet: boolean): readonly [from: string, to: string] {
  return isGet ? [remote, folder] : [folder, remote]
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
