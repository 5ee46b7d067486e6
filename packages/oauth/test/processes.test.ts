import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileTokenStore, tokenSource, type ReauthRequired } from '../src/index.ts'
import { tokenServer, type TokenServer } from './token-server.ts'

const key = new Uint8Array(32).fill(7)
let folder: string
let path: string
let server: TokenServer
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-oauth-'))
  path = join(folder, 'google.tokens')
  server = await tokenServer()
  const [accessToken, refreshToken] = ['SECRET-access-0', server.valid]
  const now = Date.now()
  const tokens = { accessToken, refreshToken, issuedAt: now, expiresAt: now + 3_600_000, scopes: [] }
  await fileTokenStore(path, { key }).write(tokens)
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await server.close()
  await rm(folder, { recursive: true })
})

function startChild(dies = 'never'): {
  ask(rejected: string): Promise<string>
  readonly child: ChildProcess
} {
  const script = fileURLToPath(new URL('./refresh.child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, path, server.issuer.tokenEndpoint, dies], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  const ready = lines.next()
  return {
    child,
    async ask(rejected) {
      await ready
      child.stdin.write(`${rejected}\n`)
      return String((await lines.next()).value)
    },
  }
}

const sourceHere = (events: ReauthRequired[] = []) =>
  tokenSource({
    issuer: server.issuer,
    clientId: 'shop',
    store: fileTokenStore(path, { key }),
    onReauthRequired: (event) => events.push(event),
  })

test('two processes refresh at the same moment with one request, ten times over', async () => {
  const both = [startChild(), startChild()]
  let rejected = 'SECRET-access-0'
  for (let generation = 1; generation <= 10; generation += 1) {
    const tokens = await Promise.all(both.map((child) => child.ask(rejected)))
    rejected = `SECRET-access-${generation}`
    expect(tokens).toEqual([rejected, rejected])
    expect(server.asked.length).toBe(generation)
  }
  expect(await fileTokenStore(path, { key }).read()).toMatchObject({ refreshToken: server.valid })
  expect(await readdir(folder)).toEqual(['google.tokens'])
})

test('a process that dies between the answer and the store costs the sign-in, with the reason', async () => {
  const { child, ask } = startChild('before')
  await Promise.all([once(child, 'exit'), ask('SECRET-access-0')])
  expect(child.signalCode).toBe('SIGKILL')
  expect(server.asked.length).toBe(1)

  const events: ReauthRequired[] = []
  const source = sourceHere(events)
  const rejected = 'SECRET-access-0'
  await expect(source.accessToken({ rejected })).rejects.toMatchObject({ kind: 'auth', retryable: false })
  expect(server.asked.length).toBe(2)
  expect(events).toMatchObject([
    { reason: 'lost', hint: expect.stringMatching(/between the refresh and storing/) },
  ])
  await expect(sourceHere(events).accessToken({ rejected })).rejects.toMatchObject({ kind: 'auth' })
  expect(events.at(-1)).toMatchObject({ reason: 'lost' })
})

test('a process that dies with the lock, but after the store, costs nothing: its lock is taken', async () => {
  const { child, ask } = startChild('after')
  await Promise.all([once(child, 'exit'), ask('SECRET-access-0')])
  expect((await readdir(folder)).sort()).toEqual(['google.tokens', 'google.tokens.lock'])

  expect(await sourceHere().accessToken({ rejected: 'SECRET-access-0' })).toBe('SECRET-access-1')
  expect(server.asked.length).toBe(1)
  expect(await sourceHere().accessToken({ rejected: 'SECRET-access-1' })).toBe('SECRET-access-2')
  expect(await readdir(folder)).toEqual(['google.tokens'])
})
