import { describe, expect, test, vi } from 'vitest'
import { s3 } from '../src/index.ts'
import { scriptedBucket } from './scripted-bucket.ts'
import { scriptedServer, type Answer, type Arrived, type ScriptedServer } from './scripted-server.ts'

describe('a budget', () => {
  test('refuses what would go beyond it as quota before anything of it is sent', async () => {
    await using server = await counted({ 'packs/0a/there': 600 })
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    await provider.put('packs/0a/fits', Buffer.alloc(400))
    const hint = expect.stringContaining('budgetBytes')
    await expect(provider.put('packs/0a/more', Buffer.alloc(1))).rejects.toMatchObject({
      kind: 'quota',
      hint,
    })
    expect(server.sent).toEqual(['packs/0a/fits'])
  })

  test('counts once, and keeps count of what is put', async () => {
    await using server = await counted({})
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    for (const name of ['a', 'b', 'c']) await provider.put(`packs/0a/${name}`, Buffer.alloc(300))
    await expect(provider.put('packs/0a/d', Buffer.alloc(300))).rejects.toMatchObject({ kind: 'quota' })
    expect(server.listings()).toBe(1)
  })

  test('counts puts that are under way', async () => {
    await using server = await counted({})
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    const puts = ['a', 'b', 'c', 'd'].map((name) => provider.put(`packs/0a/${name}`, Buffer.alloc(400)))
    const kinds = (await Promise.allSettled(puts)).map((put) =>
      put.status === 'rejected' ? put.reason.kind : 'stored',
    )
    expect(kinds.sort()).toEqual(['quota', 'quota', 'stored', 'stored'])
    expect(server.sent.length).toBe(2)
  })

  test('is not misled by puts that fail or succeed while it counts', async () => {
    const failing = new Set(['packs/0a/b'])
    let provider = s3({ bucket: 'none' })
    let counting: Promise<unknown> | undefined
    await using server = await counted({ 'packs/0a/there': 500 }, ({ path }) => {
      counting ??= provider.usage?.()
      return failing.has(path) ? { status: 500 } : undefined
    })
    provider = s3({ ...server.options, budgetBytes: 1_000 })
    await provider.put('packs/0a/empty', Buffer.alloc(0))
    const puts = [
      provider.put('packs/0a/a', Buffer.alloc(200)),
      provider.put('packs/0a/b', Buffer.alloc(200)),
    ]
    await Promise.allSettled(puts)
    await counting
    await provider.put('packs/0a/c', Buffer.alloc(100))
    await expect(provider.put('packs/0a/d', Buffer.alloc(400))).rejects.toMatchObject({ kind: 'quota' })
    expect((await provider.usage?.())?.usedBytes).toBe(800)
  })

  test('gives back what was not stored', async () => {
    let broken = true
    await using server = await counted({}, ({ path }) =>
      broken && path === 'packs/0a/a' ? { status: 500 } : undefined,
    )
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    await expect(provider.put('packs/0a/a', Buffer.alloc(1_000))).rejects.toMatchObject({ kind: 'transient' })
    broken = false
    await provider.put('packs/0a/a', Buffer.alloc(1_000))
    await provider.put('packs/0a/a', Buffer.alloc(1_000))
    expect(server.listings()).toBe(1)
  })

  test('takes the same bytes again also when it is used up', async () => {
    await using server = await counted({})
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    await provider.put('packs/0a/a', Buffer.alloc(1_000))
    await provider.put('packs/0a/a', Buffer.alloc(1_000))
    expect(server.sent.length).toBe(1)
  })

  test('is counted anew after a delete, and before a refusal when a minute has gone by', async () => {
    await using server = await counted({ 'packs/0a/old': 600 })
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    await provider.put('packs/0a/a', Buffer.alloc(400))
    await provider.delete('packs/0a/old')
    await provider.put('packs/0a/b', Buffer.alloc(600))
    expect(server.listings()).toBe(2)
    // Another program makes room.
    server.objects.delete('packs/0a/b')
    await expect(provider.put('packs/0a/c', Buffer.alloc(1))).rejects.toMatchObject({ kind: 'quota' })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    try {
      await provider.put('packs/0a/c', Buffer.alloc(1))
    } finally {
      vi.useRealTimers()
    }
    expect(server.listings()).toBe(3)
  })

  test('sees what others wrote after a day', async () => {
    await using server = await counted({})
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    await provider.put('packs/0a/a', Buffer.alloc(100))
    server.objects.set('packs/0a/theirs', Buffer.alloc(900))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_001 })
    try {
      await expect(provider.put('packs/0a/b', Buffer.alloc(1))).rejects.toMatchObject({ kind: 'quota' })
    } finally {
      vi.useRealTimers()
    }
    expect(server.sent).toEqual(['packs/0a/a'])
  })

  test('is what usage tells, counted anew', async () => {
    await using server = await counted({ 'packs/0a/there': 600 })
    const provider = s3({ ...server.options, budgetBytes: 1_000 })
    expect(await provider.usage?.()).toEqual({ usedBytes: 600, freeBytes: 400, totalBytes: 1_000 })
    server.objects.set('packs/0a/theirs', Buffer.alloc(900))
    expect(await provider.usage?.()).toEqual({ usedBytes: 1_500, freeBytes: 0, totalBytes: 1_000 })
    expect(await s3(server.options).usage?.()).toEqual({})
  })
})

interface Counted extends ScriptedServer {
  readonly objects: Map<string, Buffer>
  /** Keys whose bodies were sent. */
  readonly sent: string[]
  listings(): number
}

async function counted(
  there: Readonly<Record<string, number>>,
  first: (request: Arrived) => Answer | undefined = () => undefined,
): Promise<Counted> {
  let listings = 0
  const sent: string[] = []
  const bucket = scriptedBucket((request) => {
    const { method, path, body, headers } = request
    if (path.includes('.backup-probe')) return { status: 200 }
    if (method === 'DELETE') bucket.objects.delete(path)
    if (method === 'DELETE') return { status: 204 }
    if (method === 'PUT' && body.length > 0 && headers['content-md5'] !== undefined) {
      const other = first(request)
      if (!other) sent.push(path)
      return other
    }
    if (method !== 'GET' || !path.includes('list-type')) return undefined
    listings++
    const entries = [...bucket.objects].map(
      ([key, { length }]) => `<Contents><Key>${key}</Key><Size>${length}</Size></Contents>`,
    )
    return {
      status: 200,
      body: `<ListBucketResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`,
    }
  })
  for (const [key, size] of Object.entries(there)) bucket.objects.set(key, Buffer.alloc(size))
  const server = await scriptedServer(bucket)
  return {
    ...server,
    objects: bucket.objects,
    sent,
    listings: () => listings,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
