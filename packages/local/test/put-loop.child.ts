import { randomBytes, randomInt } from 'node:crypto'
import { writeSync } from 'node:fs'
import { local } from '../src/index.ts'
import { packKey } from './scratch.ts'

// Puts objects of all sizes, two at a time, until it is killed. Prints the key of each that was reported as
// stored.

const provider = local(process.argv[2] ?? '')
await provider.open({})
writeSync(1, 'ready\n')

const loop = async (): Promise<never> => {
  for (;;) {
    const body = randomBytes(randomInt(2) ? randomInt(10_000) : randomInt(4 * 1024 * 1024))
    await provider.put(packKey(body), body)
    writeSync(1, `${packKey(body)}\n`)
  }
}
await Promise.all([loop(), loop()])
