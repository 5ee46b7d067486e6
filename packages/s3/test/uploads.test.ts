import type { BackupProvider, UploadJournal } from '@backup/core'
import { BackupError } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { s3, type S3Options } from '../src/index.ts'
import { scriptedBucket } from './scripted-bucket.ts'
import { refusal, scriptedServer, type Answer, type Arrived } from './scripted-server.ts'

// Uploads in parts that do not go straight. The suite breaks them off on real servers; here is what those do not
// do on demand.

const key = 'packs/0a/large'
const MiB = 1024 * 1024
const body = randomBytes(41 * MiB)
const dayMs = 86_400_000

const lost: Answer = { status: 500 }

describe('an upload that broke off', () => {
  test('goes on in the same process, and sends no part twice that arrived', async () => {
    let broken = true
    const { server, bucket, provider } = await stage(({ path }) =>
      broken && isPart(path, 4) ? lost : undefined,
    )
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    broken = false
    const told: number[] = []
    await provider.put(key, body, { onProgress: (sentBytes) => told.push(sentBytes) })
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
    expect(partsSent(server)).toEqual([1, 2, 3, 4, 4, 5])
    expect(begun(server)).toBe(1)
    expect(told).toEqual([10, 20, 30, 40, 41].map((mebibytes) => mebibytes * MiB))
  })

  test('goes on in another process that has the same journal', async () => {
    const journal = journalInMemory()
    let broken = true
    const { server, bucket, options } = await stage(({ path }) =>
      broken && isPart(path, 3) ? lost : undefined,
    )
    const first = s3(options)
    await first.open({ journal })
    await expect(first.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    await first.close?.()
    expect([...journal.notes.keys()]).toEqual([key])
    broken = false
    const second = s3(options)
    await second.open({ journal })
    await second.put(key, body)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
    expect(partsSent(server)).toEqual([1, 2, 3, 3, 4, 5])
    expect(journal.notes.size).toBe(0)
  })

  test('is aborted by close when no journal keeps it', async () => {
    const { bucket, provider } = await stage(({ path }) => (isPart(path, 3) ? lost : undefined))
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    expect(bucket.uploads.size).toBe(1)
    await provider.close?.()
    expect(bucket.uploads.size).toBe(0)
  })

  test('sends a part again that the server has with other bytes', async () => {
    let broken = true
    const { server, bucket, provider } = await stage(({ path }) =>
      broken && isPart(path, 4) ? lost : undefined,
    )
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    broken = false
    bucket.uploads.get('u1')?.parts.set(2, randomBytes(10 * MiB))
    await provider.put(key, body)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
    expect(partsSent(server)).toEqual([1, 2, 3, 4, 2, 4, 5])
  })

  test('is left alone when the bytes are others, and aborted', async () => {
    let broken = true
    const { server, bucket, provider } = await stage(({ path }) =>
      broken && isPart(path, 4) ? lost : undefined,
    )
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    broken = false
    const other = randomBytes(20 * MiB)
    await provider.put(key, other)
    expect(bucket.objects.get(key)?.equals(other)).toBe(true)
    expect(bucket.uploads.size).toBe(0)
    expect(begun(server)).toBe(2)
  })

  test('sends all parts again where they may not be listed', async () => {
    let broken = true
    const { server, bucket, provider } = await stage(({ method, path }) => {
      if (method === 'GET' && path.includes('uploadId')) return refusal(403, 'AccessDenied')
      return broken && isPart(path, 4) ? lost : undefined
    })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    broken = false
    await provider.put(key, body)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
    expect(partsSent(server)).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 5])
    expect(begun(server)).toBe(1)
  })

  test.each([
    ['nonsense', '}{'],
    [
      'of another place',
      JSON.stringify({
        location: 's3:other',
        uploadId: 'u9',
        size: 1,
        sha256: 'x',
        partBytes: 1,
        begunAt: 1,
      }),
    ],
    ['of another version', JSON.stringify({ upload: 'u9' })],
  ])('begins anew when its note is %s', async (_, note) => {
    const journal = journalInMemory()
    const { server, provider } = await stage()
    await provider.open({ journal })
    journal.notes.set(key, note)
    await provider.put(key, body)
    expect(partsSent(server)).toEqual([1, 2, 3, 4, 5])
    expect(journal.notes.size).toBe(0)
  })

  test('does not need a journal that works', async () => {
    const broken = async (): Promise<never> => {
      throw new BackupError('quota', 'no room for notes')
    }
    const { bucket, provider } = await stage()
    await provider.open({ journal: { read: broken, write: broken, remove: broken, keys: broken } })
    await provider.put(key, body)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
  })
})

describe('an upload that the server has forgotten', () => {
  test.each([
    ['before a part', ({ path }: Arrived) => isPart(path, 3)],
    ['before its end', ({ method, path }: Arrived) => method === 'POST' && path.includes('uploadId')],
  ])('%s begins anew, once', async (_, isTime) => {
    let times = 0
    const { server, bucket, provider } = await stage((request) => {
      if (!isTime(request) || times > 0) return undefined
      times++
      bucket.uploads.clear()
      return undefined
    })
    await provider.put(key, body)
    expect(times).toBe(1)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
    expect(begun(server)).toBe(2)
  })

  test('again and again is transient after the second time', async () => {
    const { server, bucket, provider } = await stage(({ path }) => {
      if (isPart(path, 2)) bucket.uploads.clear()
      return undefined
    })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient', key })
    expect(begun(server)).toBe(2)
  })

  test('because another process has ended it is success', async () => {
    const { server, bucket, provider } = await stage(({ method, path }) => {
      if (method !== 'POST' || !path.includes('uploadId')) return undefined
      bucket.uploads.clear()
      bucket.objects.set(key, body)
      return undefined
    })
    await provider.put(key, body)
    expect(begun(server)).toBe(1)
  })
})

describe('a failure', () => {
  test.each<readonly [string, Answer, string]>([
    ['a full store', refusal(403, 'QuotaExceeded'), 'quota'],
    ['a refusal for good', refusal(400, 'InvalidRequest'), 'permanent'],
    ['others who write at the same time', refusal(409, 'ConditionalRequestConflict'), 'busy'],
  ])('by %s aborts the upload', async (_, answer, kind) => {
    const journal = journalInMemory()
    const { server, bucket, provider } = await stage(({ path }) => (isPart(path, 3) ? answer : undefined))
    await provider.open({ journal })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind, key })
    expect(partsSent(server)).toEqual([1, 2, 3])
    expect(bucket.uploads.size).toBe(0)
    expect(journal.notes.size).toBe(0)
  })

  test.each<readonly [string, Answer, string]>([
    ['a server that wants a pause', refusal(503, 'SlowDown'), 'throttled'],
    ['a key that is refused', refusal(403, 'InvalidAccessKeyId'), 'auth'],
  ])('by %s keeps it for later', async (_, answer, kind) => {
    const { bucket, provider } = await stage(({ path }) => (isPart(path, 3) ? answer : undefined))
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind, key })
    expect(bucket.uploads.size).toBe(1)
  })

  test('by a watchdog keeps it, by its owner aborts it', async () => {
    const { bucket, provider } = await stage()
    for (const [reason, left] of [
      [new BackupError('transient', 'nothing moved'), 1],
      [undefined, 0],
    ] as const) {
      const controller = new AbortController()
      const onProgress = (): void => controller.abort(reason)
      const put = provider.put(key, body, { signal: controller.signal, onProgress })
      await expect(put).rejects.toMatchObject({ kind: 'cancelled' })
      expect(bucket.uploads.size).toBe(left)
    }
  })

  test('inside of a 200 at the end is transient, and the next put only ends it', async () => {
    let broken = true
    const { server, bucket, provider } = await stage(({ method, path }) =>
      broken && method === 'POST' && path.includes('uploadId') ? refusal(200, 'InternalError') : undefined,
    )
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient', key })
    expect(bucket.objects.size).toBe(0)
    broken = false
    await provider.put(key, body)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
    expect(partsSent(server)).toEqual([1, 2, 3, 4, 5])
  })

  test('to be what the hash says is corrupt, and nothing of it is sent', async () => {
    const { server, bucket, provider } = await stage()
    const sha256 = 'ab'.repeat(32)
    await expect(provider.put(key, body, { sha256 })).rejects.toMatchObject({ kind: 'corrupt', key })
    expect([bucket.objects.size, bucket.uploads.size, begun(server)]).toEqual([0, 0, 0])
  })
})

test('two puts of one name at the same time do not disturb each other', async () => {
  const { bucket, provider } = await stage()
  await Promise.all([provider.put(key, body), provider.put(key, body)])
  expect(bucket.objects.get(key)?.equals(body)).toBe(true)
  expect(bucket.uploads.size).toBe(0)
})

describe('open', () => {
  const note = (location: string, ageMs: number, uploadId: string): string => {
    const sha256 = 'ab'.repeat(32)
    return JSON.stringify({ location, uploadId, size: 1, sha256, partBytes: 1, begunAt: Date.now() - ageMs })
  }

  test('with a journal aborts what was noted more than a day ago, and nothing younger', async () => {
    const journal = journalInMemory()
    const { bucket, provider } = await stage()
    bucket.uploads.set('old', { key: 'packs/0a/old', parts: new Map() })
    bucket.uploads.set('young', { key: 'packs/0a/young', parts: new Map() })
    journal.notes.set('packs/0a/old', note(provider.location, dayMs + 1, 'old'))
    journal.notes.set('packs/0a/young', note(provider.location, dayMs - 60_000, 'young'))
    await provider.open({ journal })
    expect([...bucket.uploads.keys()]).toEqual(['young'])
    expect([...journal.notes.keys()]).toEqual(['packs/0a/young'])
  })

  test('without a journal and without create writes nothing', async () => {
    const { server, provider } = await stage()
    await provider.open({})
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD'])
  })
})

interface Stage {
  readonly server: { readonly arrived: readonly Arrived[] }
  readonly bucket: ReturnType<typeof scriptedBucket>
  readonly options: S3Options
  readonly provider: BackupProvider
}

async function stage(first?: (request: Arrived) => Answer | undefined): Promise<Stage> {
  const bucket = scriptedBucket((request) => {
    if (request.path === '' || request.path.startsWith('?')) return { status: 200 }
    return first?.(request)
  })
  const server = await scriptedServer(bucket)
  return { server, bucket, options: server.options, provider: s3(server.options) }
}

function isPart(path: string, number: number): boolean {
  return path.includes(`partNumber=${number}&`)
}

function partsSent({ arrived }: Stage['server']): number[] {
  return arrived.flatMap(({ path }) => {
    const number = /partNumber=(\d+)/.exec(path)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
}

function begun({ arrived }: Stage['server']): number {
  return arrived.filter(({ method, path }) => method === 'POST' && path.includes('?uploads')).length
}

function journalInMemory(): UploadJournal & { readonly notes: Map<string, string> } {
  const notes = new Map<string, string>()
  return {
    notes,
    read: async (name) => notes.get(name),
    write: async (name, note) => void notes.set(name, note),
    remove: async (name) => void notes.delete(name),
    keys: async () => [...notes.keys()],
  }
}
