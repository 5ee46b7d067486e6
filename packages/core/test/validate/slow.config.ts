import type { BackupProvider } from '../../src/contract/provider.ts'
import good, { cloudOf } from './good.config.ts'

// Slow enough to be interrupted; tells at the end how much was stored and what is still there.

const seen = new Set<string>()
let stored = 0

export default (place: string): BackupProvider => {
  const client = good(place)
  seen.add(place)
  return {
    ...client,
    async put(key, body, options) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await client.put(key, body, options)
      stored++
    },
  }
}

process.on('exit', () => {
  const left = [...seen].reduce((sum, place) => sum + cloudOf(place).objects.size, 0)
  console.error(`${stored} puts, ${left} objects left`)
})
