import { bytesText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { findSnapshot, snapshotArgument } from './find-snapshot.ts'

export const ls: Command = defineCommand<object>({
  name: 'ls',
  summary: 'list what is in a snapshot, without restoring it',
  args: [snapshotArgument],
  work: { jobs: 'one', run: listStreams },
})

async function listStreams({ backup, out, shell }: JobContext, _: object, [wanted = 'latest']: readonly string[]): Promise<Outcome> {
  const { streams } = await findSnapshot(backup, wanted, shell.signal)
  out.table(
    [{ title: 'SIZE', align: 'right' }, { title: 'STREAM', align: 'left' }],
    streams.map(({ name, sizeBytes }) => [bytesText(sizeBytes), name]),
  )
  return done(streams)
}
