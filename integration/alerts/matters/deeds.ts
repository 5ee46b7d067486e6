import { expect } from 'vitest'
import type { Place } from '../place.ts'
import { minute, type World } from '../world.ts'

/** So many backups, each after a while. */
export async function runs({ backup, pass }: World, count: number, everyMs: number): Promise<void> {
  for (let run = 0; run < count; run++) {
    pass(everyMs)
    await backup.run()
  }
}

/** A backup that does not succeed. */
export async function fails({ backup, pass }: World, kind: string): Promise<void> {
  pass(minute)
  await expect(backup.run()).rejects.toMatchObject({ kind })
}

export const named = ({ objects }: Place, prefix: string): [string, Uint8Array][] => [...objects].filter(([name]) => name.startsWith(prefix)).sort()

const sound = new WeakMap<Place, [string, Uint8Array]>()

/** One object of the kind, everywhere. */
export function spoil({ disk, cloud }: World, prefix: string): void {
  for (const place of [disk, cloud]) {
    const [name, bytes] = named(place, prefix)[0]!
    sound.set(place, [name, bytes])
    place.objects.set(name, bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)))
  }
}

/** From a copy that somebody had somewhere. */
export function repair({ disk, cloud }: World): void {
  for (const place of [disk, cloud]) place.objects.set(...sound.get(place)!)
}
