import { createInterface } from 'node:readline'
import { fileTokenStore, google, tokenSource, type TokenStore } from '../src/index.ts'

// Refreshes whenever it is told which token is rejected, and prints the one it gets. It may be told to die
// before or after new tokens reach the store.

const [path = '', tokenEndpoint = '', dies = 'never'] = process.argv.slice(2)
const store = fileTokenStore(path, { key: new Uint8Array(32).fill(7) })
const write: TokenStore['write'] = async (tokens) => {
  const isNew = tokens.refreshSentAt === undefined
  if (isNew && dies === 'before') process.kill(process.pid, 'SIGKILL')
  await store.write(tokens)
  if (isNew && dies === 'after') process.kill(process.pid, 'SIGKILL')
}
const source = tokenSource({
  issuer: { ...google, tokenEndpoint },
  clientId: 'shop',
  store: { ...store, write },
})
process.stdout.write('ready\n')
for await (const rejected of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await source.accessToken({ rejected })}\n`)
}
