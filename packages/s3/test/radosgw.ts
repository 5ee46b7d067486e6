import { isInstalled, startCeph, type Ceph } from '@backup-internal/servers'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { S3Options } from '../src/index.ts'

const startMs = 240_000

/**
 * Registers tests that need a real gateway. Where it is not installed they are left out and one test says so;
 * it fails where everything must run.
 */
export function onRadosgw(body: (ceph: () => Ceph) => void): void {
  const installed = isInstalled()
  const missing = installed ? '' : ', SERVER NOT RUN: servers/install.sh installs it'
  test.skipIf(!installed && !process.env['CI'])(`radosgw is there${missing}`, () => {
    expect(installed).toBe(true)
  })

  describe.runIf(installed)('radosgw', () => {
    let folder: string
    let ceph: Ceph
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'backup-ceph-'))
      ceph = await startCeph(folder)
      process.stdout.write(`${await ceph.version()}\n`)
    }, startMs)
    afterAll(async () => {
      await ceph?.stop()
      await rm(folder, { recursive: true, force: true })
    })
    body(() => ceph)
  })
}

/** Options for a bucket that is not there yet. */
export function freshBucket({ endpoint, accessKey, secretKey }: Ceph): S3Options {
  return {
    bucket: `test-${randomUUID()}`,
    endpoint,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  }
}
