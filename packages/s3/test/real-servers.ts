import { S3 } from '@aws-sdk/client-s3'
import {
  cephIsInstalled,
  startCeph,
  startSwift,
  swiftIsInstalled,
  type Ceph,
  type Swift,
} from '@backup-internal/servers'
import { judgeIsThere } from '@backup-internal/fakes/wire'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { S3Options } from '../src/index.ts'

/** What all of them have. */
export interface RealServer {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  version(): Promise<string>
  stop(): Promise<void>
}

const startMs = 240_000

/** Entries in a page of a listing, so that a listing of several pages takes a moment. */
export const largestPage = 100

/** Registers tests that need a gateway of Ceph: nearly all of S3. */
export function onRadosgw(body: (ceph: () => Ceph) => void): void {
  on('radosgw', cephIsInstalled(), (folder) => startCeph(folder, { largestPage }), body)
}

/** Registers tests that need a gateway of Swift: what many servers of others can do, and no more. */
export function onSwift(body: (swift: () => Swift) => void): void {
  on('swift', swiftIsInstalled(), (folder) => startSwift(folder, { largestPage }), body)
}

/**
 * Where the server is not installed its tests are left out and one test says so; it fails where everything must
 * run.
 */
function on<T extends RealServer>(
  name: string,
  installed: boolean,
  start: (folder: string) => Promise<T>,
  body: (server: () => T) => void,
): void {
  judgeIsThere(name, installed)

  describe.runIf(installed)(`on ${name}`, () => {
    let folder: string
    let server: T
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), `backup-${name}-`))
      server = await start(folder)
      process.stdout.write(`${await server.version()}\n`)
    }, startMs)
    afterAll(async () => {
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    })
    body(() => server)
  })
}

/** Options for a bucket that is not there yet. */
export function freshBucket({ endpoint, accessKey, secretKey }: RealServer): S3Options {
  return {
    bucket: `test-${randomUUID()}`,
    endpoint,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  }
}

/** A client that goes around what is tested. */
export function directClient({ endpoint, accessKey, secretKey }: RealServer): S3 {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  return new S3({
    endpoint,
    credentials,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}
