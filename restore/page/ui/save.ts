import type { Form, Item } from '../worker/protocol.ts'
import { ask, Trouble } from './ask.ts'
import type { Place } from './places.ts'
import { writeTrouble } from './places.ts'
import { isCancelled, progress, say } from './progress.ts'

/** Brings an item to a place, part by part: the next is asked for when the last one is written. */
export async function save(place: Place, item: Item, number: number, form: Form, remark: (text: string) => void): Promise<void> {
  say(`Saving ${item.name}…`)
  progress(0, item.bytes)
  try {
    await ask('begin', number, form)
    let done = 0
    for (let part = await ask('next'); part; part = await ask('next')) {
      if (part.kind === 'bytes') done += part.bytes.length
      await place.take(part).catch((error: unknown) => {
        throw writeTrouble(error)
      })
      if (isCancelled()) throw new Trouble(`Stopped. Of ${item.name}, nothing unfinished is left behind.`)
      // An archive has more bytes than what is in it.
      progress(Math.min(done, item.bytes), item.bytes)
    }
    await place.finish().catch((error: unknown) => {
      throw writeTrouble(error)
    })
  } catch (error) {
    await place.abandon().catch((reason: unknown) => remark(String(reason)))
    throw error
  }
}
