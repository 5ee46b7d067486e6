import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ours } from '../ours/contender.ts'
import type { ContenderFactory } from '../peers/contender.ts'
import { restic } from '../peers/restic.ts'
import type { Benchmark } from './benchmark.ts'
import type { EntrantFactory, StepName } from './entrant.ts'
import { playRounds } from './rounds.ts'
import { manyFiles, mixedTree } from './trees.ts'

/** A tree of files: first backup, unchanged, restored; then a tree of 200,000 tiny files, for the memory it takes. */
export const files: Benchmark = async ({ rounds, bytes, folder, databases: kept }, report) => {
  report.say(`restic: ${restic.version()}`)
  for (const line of HEADER) report.say(line)
  mkdirSync(kept, { recursive: true })
  const series = [
    { prefix: 'files', tree: mixedTree(kept, bytes), rounds },
    { prefix: 'files.many', tree: manyFiles(kept, MANY), rounds: Math.min(rounds, 2) },
  ]
  for (const { prefix, tree, rounds: times } of series) {
    const side = (factory: ContenderFactory): EntrantFactory => ofTree(factory, tree)
    const opponent = { peerName: restic.name, peer: side(restic.contender) }
    await playRounds({ prefix, ours: side(ours({ source: 'tree' })), steps: STEPS, ...opponent }, times, folder, report)
  }
}

const MANY = 200_000
const STEPS: readonly StepName[] = ['first', 'unchanged', 'restore']

const HEADER: readonly string[] = [
  'A tree of --bytes: two parts in five small texts, two photos, one logs; then 200,000 files of about 1 KB, where "rss" counts.',
  'Every run is a fresh process. Ours is measured from an opened repository on, restic from its command line on, which derives',
  'the key each time. Ratios are ours by the peer: less is better.',
]

/** Both sides read the same tree, which nobody changes. */
function ofTree(factory: ContenderFactory, tree: string): EntrantFactory {
  return (folder) => {
    const contender = factory(tree, join(folder, 'contender'))
    return {
      repository: contender.repository,
      async begin() {
        mkdirSync(folder)
        await contender.init()
      },
      backup: () => contender.backup(),
      change: () => Promise.reject(new Error('The tree is shared: it cannot be changed.')),
      async restore() {
        const restored = join(folder, 'restored-tree')
        const cost = await contender.restore(restored)
        // Fails when anything differs.
        execFileSync('diff', ['-rq', '--no-dereference', tree, restored])
        rmSync(restored, { recursive: true })
        return cost
      },
      verify: () => contender.verify(),
    }
  }
}
