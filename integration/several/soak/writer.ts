import { sqlite } from '@backup/sqlite'
import { openBank } from './bank.ts'
import { member } from './member.ts'
import { openSoak, pathOf } from './place.ts'

/** The process of an application: it writes to its database all the time, and backs it up. */

const { setting, who, tally, stopped, every, leave } = member()
const path = pathOf(setting, `${who}.db`)
const bank = openBank(path)
const business = setInterval(() => bank.transfer(), 4)
const backup = openSoak(setting, { who, source: sqlite(path), tally, calm: stopped })

await every(setting.pace.backupMs, 'snapshots', async () => {
  await backup.run({ kind: 'scheduled', tags: [who], note: String(bank.made) })
})
clearInterval(business)
tally.count('transactions', bank.made)
bank.close()
await leave(backup)
