import { expect, test } from 'vitest'
import { type Runtime, createBackup, rawKey } from '../src/index.ts'
import { nodeRuntime } from '../src/node/runtime.ts'
import { memoryProvider } from '../src/testing/index.ts'
import { changedPages } from './changed-pages.ts'
import { freshFolder, noise } from './fixtures.ts'

/** 4,096 pages: their list has 16 nodes of 256 entries, and one above them. */
const data = noise(4096 * 512, 1)

test('a process that backs up again names only nodes that have changed, and one that was just started names all', async () => {
  const stage = await staged()
  const process = stage.started()
  expect(await stage.namedBy(process, [])).toBe(17)
  expect(await stage.namedBy(process, [])).toBe(17)
  // The node of the page, and the one above; and once more by the next backup, which makes sure that its memory is that of the snapshot.
  expect(await stage.namedBy(process, [700])).toBe(2)
  expect(await stage.namedBy(process, [])).toBe(2)
  expect(await stage.namedBy(process, [])).toBe(0)
  expect(await stage.namedBy(stage.started(), [])).toBe(17)
})

test('lists of several sources in one process are not taken for each other', async () => {
  const [one, other] = [await staged(), await staged()]
  const processes = [one.started(), other.started()] as const
  for (const pages of [[], [1], [2, 300], [], [4000]]) {
    await one.namedBy(processes[0], pages)
    await other.namedBy(processes[1], pages.map((page) => page + 5))
  }
  for (const stage of [one, other]) expect(await stage.restored()).toEqual(stage.source.data)
})

async function staged() {
  const folder = await freshFolder()
  const place = memoryProvider()
  const source = changedPages(folder, data.slice())
  let named = 0
  const { crypto } = nodeRuntime
  const runtime: Runtime = { ...nodeRuntime, crypto: { ...crypto, sha256Into: (...call) => (named++, crypto.sha256Into(...call)) } }
  const state = await freshFolder()
  const started = () => createBackup({ source, providers: [place], keys: rawKey(new Uint8Array(32).fill(5)), runtime, state, workers: 0 })
  await started().init()
  return {
    source,
    started,
    /** Nodes of lists named by a backup in which these pages are others than before. */
    async namedBy(backup: ReturnType<typeof started>, pages: readonly number[]): Promise<number> {
      source.data = source.data.slice()
      for (const page of pages) source.data[page * 512]! ^= 1
      await backup.run()
      const count = named
      named = 0
      return count
    },
    async restored(): Promise<Uint8Array> {
      const parts: Uint8Array[] = []
      for await (const part of started().read('latest', 'main')) parts.push(part)
      return new Uint8Array(Buffer.concat(parts))
    },
  }
}
