import { BackupError } from '@backup/core'
import { local } from '../src/index.ts'
import { all } from './scratch.ts'

// Tries everything in a folder without the right to write, and tells how each call ended.

const [root = '', key = ''] = process.argv.slice(2)
const provider = local(root)

const attempt = async (call: () => Promise<unknown>): Promise<string> => {
  try {
    await call()
    return 'ok'
  } catch (error) {
    if (!BackupError.is(error)) throw error
    return error.kind
  }
}

process.stdout.write(
  JSON.stringify({
    create: await attempt(() => local(root).open({ create: true })),
    open: await attempt(() => provider.open({})),
    get: await attempt(() => provider.get(key)),
    list: await attempt(() => all(provider.list(''))),
    put: await attempt(() => provider.put('packs/0a/new', new Uint8Array(10))),
    putAgain: await attempt(() => provider.put(key, new Uint8Array([1, 2, 3]))),
    delete: await attempt(() => provider.delete(key)),
    stat: await attempt(async () => {
      if ((await provider.stat(key))?.size !== 3) throw new BackupError('not-found', 'The object is gone.')
    }),
  }),
)
