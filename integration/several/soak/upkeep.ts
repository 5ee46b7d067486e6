import { memorySource } from '@backup/core/testing'
import { member } from './member.ts'
import { openSoak } from './place.ts'

/** The process of another machine, or of two: one prunes, one scrubs, and neither knows of the other. */

const { setting, who, tally, stopped, every, leave } = member()
const open = (whose: string): ReturnType<typeof openSoak> => openSoak(setting, { who: whose, source: memorySource(), tally, calm: stopped })
const [pruner, scrubber] = [open(`${who}-prune`), open(`${who}-scrub`)]
const { pruneMs, scrubMs } = setting.pace

await Promise.all([
  every(pruneMs, 'collections', async () => {
    const { retention, collection } = await pruner.prune({ reason: 'soak' })
    tally.count('snapshots dropped', retention?.removed.length ?? 0)
    tally.count('snapshots gone for good', collection.snapshots.length)
    tally.count('packs announced', collection.announcedPacks)
    tally.count('packs gathered', collection.gatheredPacks)
    tally.count('packs removed', collection.removedPacks)
    tally.count('bytes removed', collection.removedBytes)
    for (const { message } of retention?.paused ?? []) tally.fail(`Retention paused: ${message}`)
    tally.count('unreadable commits met', collection.unreadable.length)
  }),
  every(scrubMs, 'scrubs', async () => {
    const { healed, openedPacks, damaged } = await scrubber.scrub({ budgetBytes: 8e6 })
    tally.count('packs scrubbed', openedPacks)
    tally.count('healed by scrub', healed.length)
    // Of what is being removed, one provider may still hold a damaged copy. In the end none may be left.
    tally.count('damaged beyond repair for now', damaged.filter(({ snapshots }) => snapshots.length > 0).length)
  }),
])
await leave(pruner, scrubber)
