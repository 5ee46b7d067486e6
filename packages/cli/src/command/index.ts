import { audit } from './audit.ts'
import { cat } from './cat.ts'
import type { Command } from './command.ts'
import { diff } from './diff.ts'
import { doctor } from './doctor.ts'
import { drill, drills } from './drill.ts'
import { health, status } from './health.ts'
import { hold, holds, release } from './hold.ts'
import { init } from './init.ts'
import { eraseKeys, listEpochs, listSlots, removeSlot } from './key-slots.ts'
import { addKey, replaceKey, rotateKeys } from './keys.ts'
import { list } from './list.ts'
import { ls } from './ls.ts'
import { prune } from './prune.ts'
import { restore } from './restore.ts'
import { run } from './run.ts'
import { installSchedule, showSchedule } from './schedule.ts'
import { scrub } from './scrub.ts'
import { show } from './show.ts'
import { sync } from './sync.ts'
import { remove, trash, undelete } from './trash.ts'
import { verify } from './verify.ts'
import { watch } from './watch.ts'

/** In the order in which help shows them: first what is done every day. */
export const commands: readonly Command[] = [
  init,
  run,
  list,
  show,
  diff,
  ls,
  cat,
  restore,
  verify,
  drill,
  drills,
  scrub,
  health,
  status,
  doctor,
  watch,
  showSchedule,
  installSchedule,
  sync,
  prune,
  remove,
  trash,
  undelete,
  hold,
  holds,
  release,
  audit,
  listSlots,
  addKey,
  replaceKey,
  removeSlot,
  rotateKeys,
  listEpochs,
  eraseKeys,
]
