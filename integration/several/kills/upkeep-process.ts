import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { type UpkeepTask, openUpkeep, pageBytes, paths, secret } from './upkeep.ts'

/** The process that is killed: backups, then everything that looks after them, one after the other. */

const task = JSON.parse(process.argv[2] ?? '') as UpkeepTask
const { folder, opener, next, backups } = task
const { data } = paths(folder)
/** What it is busy with, and what it has done. */
const say = (message: string): void => void process.send?.(message)
const backup = openUpkeep(folder, { opener })

await backup.init()
await backup.snapshots()
say('open')
for (let count = 0; count < backups; count++) {
  changeSomePages()
  say('backup')
  const { id } = await backup.run({ note: sha256Of(data) })
  say(`made ${id}`)
}
for (const deed of task.deeds) {
  if (deed === 'prune') {
    const { gather } = await backup.collectionPlan()
    say(gather.length > 0 ? 'prune and gather' : 'prune')
    const { collection } = await backup.prune({ reason: 'upkeep' })
    say(`removed ${collection.removedPacks}`)
  } else if (deed === 'drill') {
    say('drill')
    const { ok, scratch, findings } = await backup.drill({ reason: 'upkeep' })
    if (!ok || scratch !== 'removed') throw new Error(`The drill failed, its scratch is ${scratch}: ${findings.join(' ')}`)
  } else {
    say('rotate')
    await backup.keys.rotate([secret(next)], { reason: 'upkeep' })
    say('rotated')
  }
  say('idle')
}
await backup.close()
process.disconnect()

function changeSomePages(): void {
  const file = openSync(data, 'r+')
  const pages = readFileSync(data).length / pageBytes
  for (let count = 0; count < 4; count++) writeSync(file, randomBytes(pageBytes), 0, pageBytes, Math.floor(Math.random() * pages) * pageBytes)
  closeSync(file)
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
