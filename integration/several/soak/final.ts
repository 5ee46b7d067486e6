import type { Backup, BackupProvider } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { type Setting, databases, openSoak, pathOf, placeNames } from './place.ts'
import type { Restores } from './restores.ts'
import type { Tally } from './tally.ts'

/** When everybody is gone and all is well again: each provider alone must hold everything, in good order. */
export async function examineAll(setting: Setting, tally: Tally, { one }: Restores): Promise<void> {
  const places = placeNames.map((name) => local(pathOf(setting, name)))
  const open = (who: string, providers: readonly BackupProvider[]): Backup =>
    openSoak(setting, { who, source: sqlite(pathOf(setting, 'nowhere.db')), tally, providers })
  const expect = (holds: boolean, claim: string): void => {
    if (!holds) tally.fail(claim)
  }

  const together = open('together', places)
  const waiting = (await together.sync()).filter((status) => status.waiting > 0)
  expect(waiting.length === 0, `${waiting.map(({ location }) => location).join()} cannot be brought what is missing there.`)
  const { healed, damaged } = await together.scrub({ budgetBytes: Number.MAX_SAFE_INTEGER })
  tally.count('healed by scrub', healed.length)
  for (const { key, message } of damaged) tally.fail(`${key} is damaged for good: ${message}`)
  const all = await together.snapshots()
  tally.count('snapshots in the end', all.length)
  expect(all.every(({ state }) => state === 'replicated'), 'A snapshot is not at every provider.')
  await together.close()

  for (const [at, place] of places.entries()) {
    const name = placeNames[at]!
    const alone = open(`alone-${name}`, [place])
    const ids = (await alone.snapshots()).map(({ id }) => id)
    expect(ids.join() === all.map(({ id }) => id).join(), `${name} holds ${ids.length} snapshots, and there are ${all.length}.`)
    for (const depth of ['structure', 'data'] as const) {
      const { ok, problems } = await alone.verify({ depth })
      expect(ok, `${name}, ${depth}: ${problems.map(({ key, message, snapshots }) => `${key}: ${message} (${snapshots.join() || 'no snapshot needs it'})`).join(' ')}`)
    }
    const audit = await alone.verifyAudit()
    expect(audit.ok, `${name}, audit: ${audit.problems.map(({ message }) => message).join(' ')}`)
    if (at === 0) tally.count('audit entries', audit.entries)
    for (const database of databases) {
      const newest = all.findLast(({ tags }) => tags.includes(database))
      expect(newest !== undefined, `There is no snapshot of ${database}.`)
      if (newest) await one(alone, newest)
    }
    await alone.close()
  }
}
