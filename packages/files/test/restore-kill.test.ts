import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@backup/core/testing'
import { describe, expect, test } from 'vitest'
import { files } from '../src/index.ts'
import { freshFolder, layOut, pictureOf } from './trees.ts'

// With SOAK=1 in the environment these run long enough for a night.
const soak = process.env.SOAK === '1'
const kills = soak ? 300 : 10

const random = seededRandom(3)
const treeOf = (word: string): Record<string, string | Uint8Array> =>
  Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at % 20}/${word}-${at}`, at % 50 === 0 ? random.bytes(400_000) : `${word} ${at}\n`.repeat(at)]))

/** Somebody uses the tree after a crash. */
async function next(root: string): Promise<void> {
  const snapshot = await files(root).open({ previousState: async () => undefined, warn: () => {} })
  await snapshot.close()
}

test('killed at any moment, a restore over the live tree leaves the old one or the new one, and no rubbish', { timeout: soak ? 1_200_000 : 300_000 }, async () => {
  const folder = freshFolder()
  const old = layOut(join(folder, 'kept/old'), treeOf('old'))
  const fresh = layOut(join(folder, 'kept/new'), treeOf('new'))
  const streams = await dump(fresh, join(folder, 'kept/streams'))
  const states = new Map([[pictureText(old), 'old'], [pictureText(fresh), 'new']])
  const place = join(folder, 'place')
  const root = join(place, 'tree')
  const seen = { old: 0, new: 0 }
  let killed = 0

  const timed = await restore(root, old, streams)
  expect(states.get(pictureText(root))).toBe('new')
  /** A machine that was busy when it was timed may be quicker now: who comes too late comes earlier the next time. */
  let haste = 1
  const isEnough = (): boolean => killed > kills / 3 && seen.old > 0
  for (let at = 0; at < kills || !isEnough(); at++) {
    // Half of them while the tree is put together, half around the moment in which it takes its place.
    const moment = at % 2 === 0 ? { after: 'start', ms: haste * timed.readyMs * (0.5 + 0.5 * Math.random()) } : { after: 'ready', ms: haste * timed.commitMs * 1.2 * Math.random() }
    if ((await restore(root, old, streams, moment)).killed) killed++
    else haste *= 0.8
    await next(root)
    const state = states.get(pictureText(root))
    expect(['old', 'new']).toContain(state)
    seen[state as 'old' | 'new']++
    const rubbish = readdirSync(place).filter((name) => name !== 'tree' && !name.startsWith('tree.before-restore-'))
    expect(rubbish).toEqual([])
  }
})

test('a note that was not finished goes with its process; that of one that is running stays', async () => {
  const root = layOut(join(freshFolder(), 'tree'), { a: 'old' })
  const [dead, alive] = [999_999_999, process.ppid].map((pid) => `${root}.partial-${pid}-0123abcd`)
  for (const note of [dead!, alive!]) writeFileSync(note, '{"pid":')
  await next(root)
  expect([dead!, alive!].map(existsSync)).toEqual([false, true])
})

describe('killed while it took its place, a restore is finished by whoever comes next:', () => {
  const swapOf = (root: string) => ({ staged: `${root}.partial-999999999-00000000`, final: root, safety: `${root}.before-restore-then` })
  const noteFor = (root: string): void => {
    writeFileSync(`${root}.restoring`, JSON.stringify({ pid: 999_999_999, at: Date.now(), swaps: [swapOf(root)] }))
  }
  const prepared = (): string => {
    const root = layOut(join(freshFolder(), 'tree'), { a: 'old' })
    layOut(swapOf(root).staged, { a: 'new' })
    noteFor(root)
    return root
  }

  test.each([
    ['before the first step', () => {}],
    ['between the two', (root: string) => renameSync(root, swapOf(root).safety)],
    ['after both', (root: string) => {
      renameSync(root, swapOf(root).safety)
      renameSync(swapOf(root).staged, root)
    }],
  ] as const)('%s', async (_, crash) => {
    const root = prepared()
    crash(root)
    await next(root)
    expect(pictureOf(root)['./a']).toContain(Buffer.from('new').toString('base64'))
    expect(pictureOf(swapOf(root).safety)['./a']).toContain(Buffer.from('old').toString('base64'))
    expect(readdirSync(join(root, '..')).sort()).toEqual(['tree', 'tree.before-restore-then'])
  })

  test('but not while the other process is still at it', async () => {
    const root = prepared()
    writeFileSync(`${root}.restoring`, JSON.stringify({ pid: process.ppid, at: Date.now(), swaps: [swapOf(root)] }))
    await expect(next(root)).rejects.toMatchObject({ kind: 'busy', key: root })
    expect(existsSync(swapOf(root).staged)).toBe(true)
  })
})

async function dump(tree: string, to: string): Promise<string> {
  mkdirSync(to, { recursive: true })
  const snapshot = await files(tree).open({ previousState: async () => undefined, warn: () => {} })
  for await (const { name, content } of snapshot.streams()) {
    const parts: Uint8Array[] = []
    if (content.kind === 'bytes') for await (const bytes of content.read()) parts.push(bytes)
    if (content.kind === 'spliced') {
      for await (const part of content.parts()) {
        if (part.kind !== 'fresh') continue
        parts.push(part.bytes.slice())
        part.release?.()
      }
    }
    writeFileSync(join(to, name), Buffer.concat(parts))
  }
  await snapshot.close()
  return to
}

/** Without times: a copy of a tree has its own for folders. */
function pictureText(root: string): string {
  const picture = Object.entries(pictureOf(root)).sort()
  return JSON.stringify(picture.map(([path, facts]) => [path, facts.replace(/ \d{13}/, '')]))
}

interface Moment {
  readonly after: string
  readonly ms: number
}

/** One restore over a fresh copy of the old tree, killed with all its threads. */
async function restore(root: string, old: string, streams: string, moment?: Moment): Promise<{ readyMs: number; commitMs: number; killed: boolean }> {
  rmSync(join(root, '..'), { recursive: true, force: true })
  cpSync(old, root, { recursive: true, preserveTimestamps: true })
  const started = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL('./restore.ts', import.meta.url)), root, streams], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = once(child.stdout, 'data').then(() => performance.now())
  if (moment) {
    if (moment.after === 'ready') await Promise.race([ready, exited])
    await Promise.race([pause(moment.ms), exited])
    child.kill('SIGKILL')
  }
  const [, signal] = (await exited) as [number | null, string | null]
  const ended = performance.now()
  const readyAt = moment ? ended : await ready
  return { readyMs: readyAt - started, commitMs: ended - readyAt, killed: signal === 'SIGKILL' }
}
