import { fails, holds, othersRun, same, type ProviderTest } from './provider-suite-place.ts'

interface Process {
  getActiveResourcesInfo?(): string[]
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
  off(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
}

const key = 'packs/0a/0a01'
const MiB = 1024 * 1024

/** What keeps a program from ending, as Node names it. */
const held = [
  'TCPSocketWrap',
  'TLSWrap',
  'PipeWrap',
  'Timeout',
  'FSReqPromise',
  'FSReqCallback',
  'MessagePort',
]

export const resourceTests: readonly ProviderTest[] = [
  {
    name: 'leaves no socket, no timer and no rejection behind',
    covers: [40],
    created: false,
    async run({ fixture, provider, random }) {
      const { process } = globalThis as { process?: Partial<Process> }
      const rejections: unknown[] = []
      const note = (reason: unknown): void => void rejections.push(reason)
      const count = (): Map<string, number> => counted(process, fixture.sockets?.() ?? 0)
      const before = await atRest(count)
      process?.on?.('unhandledRejection', note)
      try {
        await provider.open({ create: true })
        const body = random.bytes(2 * MiB)
        await provider.put(key, body)
        same(await provider.get(key), body, 'the object')
        await fails('not-found', () => provider.get('packs/0b/none'))
        for await (const _ of provider.list('')) break
        // Abandoned work fails later, when nobody listens any more.
        for (const afterMs of [0, 1, 3]) {
          const signal = AbortSignal.timeout(afterMs)
          await provider.get(key, { signal }).catch(() => {})
          await provider.put(`packs/0b/${afterMs}`, body, { signal }).catch(() => {})
        }
        await provider.close?.()
        const left = await waitFor(() => more(count(), before))
        holds(left === '', `after close there is still: ${left}`)
        holds(rejections.length === 0, `a rejection was handled by nobody: ${String(rejections[0])}`)
      } finally {
        process?.off?.('unhandledRejection', note)
      }
      const again = await fixture.second()
      await again.open({})
      same(await again.get(key, { range: { offset: 0, length: 0 } }), new Uint8Array(), 'a range of no bytes')
      await again.close?.()
    },
  },
]

/** What is open, without the far ends of connections, which a fake in this process holds. */
function counted(process: Partial<Process> | undefined, farEnds: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process?.getActiveResourcesInfo?.() ?? []) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  for (const kind of ['TCPSocketWrap', 'TLSWrap'])
    counts.set(kind, Math.max(0, (counts.get(kind) ?? 0) - farEnds))
  return counts
}

/** What is there now and stays: timers of a test before this one may still be running out. */
async function atRest(count: () => Map<string, number>): Promise<Map<string, number>> {
  let least = count()
  const since = performance.now()
  while (performance.now() - since < 100) {
    await othersRun()
    const now = count()
    least = new Map([...least].map(([kind, count]) => [kind, Math.min(count, now.get(kind) ?? 0)]))
  }
  return least
}

function more(now: Map<string, number>, before: Map<string, number>): string {
  const grown = held.filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0))
  return grown.map((kind) => `${(now.get(kind) ?? 0) - (before.get(kind) ?? 0)} ${kind}`).join(', ')
}

/** Closing takes a moment; two seconds are too long. */
async function waitFor(left: () => string): Promise<string> {
  const since = performance.now()
  while (left() !== '' && performance.now() - since < 2_000) await othersRun()
  return left()
}
