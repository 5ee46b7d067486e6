import { BackupError } from '@backup/core'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gdrive } from '../src/index.ts'

// Against a Drive that keeps nothing of what it is sent, so that all memory is the client's.

const MiB = 1024 * 1024
const body = randomBytes(32 * MiB)
const sha256 = createHash('sha256').update(body).digest('hex')
let origin = ''
let arrivedBytes = 0

const server = createServer((request, response) => void answer(request, response))
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

test('four puts of 32 MiB at the same time hold no copy of their bodies', async () => {
  const auth = { accessToken: async () => 'token' }
  const provider = gdrive({ auth, account: 'owner', folder: 'shop', rootUrl: `${origin}/` })
  await provider.open({})
  const before = process.memoryUsage().external
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().external)
  }, 1)
  await Promise.all(
    Array.from({ length: 4 }, (_, at) => provider.put(`packs/0a/object-${at}`, body, { sha256 })),
  )
  clearInterval(watch)
  expect(arrivedBytes).toBe(4 * body.length)
  expect(most - before).toBeLessThan(4 * body.length)
  await provider.close?.()
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', origin)
  const q = searchParams.get('q') ?? ''
  const json = (data: object): void =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(data))
  if (pathname.endsWith('/generateIds'))
    return json({ ids: Array.from({ length: 100 }, () => randomBytes(9).toString('hex')) })
  if (pathname === '/drive/v3/files' && request.method === 'GET') {
    const parent = /'(\w+)'/.exec(q)?.[1] ?? ''
    const below: Readonly<Record<string, string>> = { root: 'shop', shop: 'packs', packs: '0a' }
    const name = below[parent]
    const folder = { id: name, name, createdTime: '2031-05-06T07:08:09Z' }
    return json({ files: name !== undefined && q.includes('mimeType =') ? [folder] : [] })
  }
  if (searchParams.get('uploadType') !== 'resumable')
    throw new BackupError('permanent', `Nobody expected ${pathname}.`)
  if (request.method === 'POST') {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { id } = JSON.parse(Buffer.concat(parts).toString()) as { id: string }
    response.setHeader('location', `${origin}/upload?uploadType=resumable&upload_id=${id}`).end()
    return
  }
  for await (const part of request) arrivedBytes += (part as Buffer).length
  const [, last, total] = /-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '') ?? []
  if (Number(last) + 1 < Number(total)) {
    response.writeHead(308, { range: `bytes=0-${last}` }).end()
    return
  }
  json({ id: searchParams.get('upload_id'), name: 'x', size: total, sha256Checksum: sha256 })
}
