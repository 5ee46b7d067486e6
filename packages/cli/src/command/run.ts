import type { ReplicaStatus, SnapshotKind } from '@backup/core'
import { exitCodes } from '../exit-codes.ts'
import { bytesText, durationText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand } from './command.ts'
import { say } from './replica-words.ts'

interface Options {
  readonly kind?: SnapshotKind
  readonly tag?: readonly string[]
  readonly note?: string
}

export const run: Command = defineCommand<Options>({
  name: 'run',
  summary: 'make a backup now',
  options: [
    { flags: '--kind <kind>', meaning: 'what to call it [manual]', choices: ['manual', 'scheduled', 'emergency', 'safety'] },
    { flags: '--tag <tags...>', meaning: 'words to find it by' },
    { flags: '--note <text>', meaning: 'a sentence to remember it by' },
  ],
  examples: ['npx backup run', 'npx backup run --kind scheduled --quiet     from cron'],
  work: { jobs: 'each', run: takeSnapshot },
})

async function takeSnapshot(context: JobContext, { kind = 'manual', tag: tags = [], note }: Options): Promise<Outcome> {
  const { backup, out, shell: { signal } } = context
  const snapshot = await context.follow(backup.run({ kind, tags, signal, ...(note !== undefined && { note }) }))
  const { id, sizeBytes, storedBytes, durationMs, source } = snapshot
  out.good(
    `${source.label}: ${bytesText(sizeBytes)} backed up in ${durationText(durationMs)}, ` +
      `${bytesText(storedBytes)} added. Snapshot ${id.slice(0, 12)}.`,
  )
  // Others get their copies in the background, and this process ends now.
  const copies = await backup.sync({ compare: false, signal })
  const late = copies.filter(isBehind)
  for (const copy of late) say(context.notes, copy)
  return { code: late.length > 0 ? exitCodes.incomplete : exitCodes.ok, result: { snapshot, copies } }
}

export const isBehind = ({ waiting, problem }: ReplicaStatus): boolean => waiting > 0 || problem !== undefined
