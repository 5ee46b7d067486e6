import type { VerifyDepth } from '@backup/core'
import { exitCodes } from '../exit-codes.ts'
import { bytesText, countText, durationText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly depth?: VerifyDepth
}

export const verify: Command = defineCommand<Options>({
  name: 'verify',
  summary: 'look for damage in what is stored',
  options: [
    { flags: '--depth <depth>', meaning: 'how thoroughly [structure]', choices: ['structure', 'hash', 'data', 'restore'] },
  ],
  examples: ['npx backup verify --depth restore     restores the newest snapshot for a trial'],
  work: { jobs: 'each', run: look },
})

async function look(context: JobContext, { depth = 'structure' }: Options): Promise<Outcome> {
  const { backup, out, notes, shell: { signal } } = context
  const report = await context.follow(backup.verify({ depth, signal }))
  const { ok, problems, snapshots, packs, packBytes, checkedBytes, durationMs, restore } = report
  const read = checkedBytes > 0 ? `, ${bytesText(checkedBytes)} checked` : ''
  const seen = `${countText(snapshots, 'snapshot')} in ${countText(packs, 'pack')} of ${bytesText(packBytes)}${read}, ${durationText(durationMs)}`
  if (ok) out.good(`No damage (${depth}): ${seen}.`)
  if (restore) out.good(`A trial restore of ${bytesText(restore.restoreBytes)} worked${restore.check?.ok ? ', and the source finds it sound' : ''}.`)
  if (ok) return done(report)
  notes.bad(`${countText(problems.length, 'problem')}: ${seen}.`)
  for (const { key, message, snapshots: concerned } of problems.slice(0, mostProblems)) {
    const whom = concerned.length > 0 ? ` Concerns ${countText(concerned.length, 'snapshot')}: ${concerned.slice(0, 3).map((id) => id.slice(0, 12)).join(', ')}${concerned.length > 3 ? ', …' : ''}.` : ''
    notes.alert(`${key}: ${message}${whom}`)
  }
  if (problems.length > mostProblems) notes.alert(`… and ${problems.length - mostProblems} more: --json has them all.`)
  notes.alert('What to do: with several providers "npx backup sync" brings good copies back. Then make a new backup: npx backup run')
  return { code: exitCodes.damaged, result: report }
}

const mostProblems = 20
