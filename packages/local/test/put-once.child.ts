import { once } from 'node:events'
import { local } from '../src/index.ts'

// Puts one object as soon as it is told to, and says how it went.

const [root = '', key = '', size = ''] = process.argv.slice(2)
const provider = local(root)
await provider.open({ create: true })
process.stdout.write('ready\n')
await once(process.stdin, 'data')
await provider.put(key, new Uint8Array(Number(size)).fill(7))
process.stdout.write('stored\n')
process.stdin.destroy()
