import { expect, test } from 'vitest'
import type { CodecTable } from '../contract/codec.ts'
import { roles } from '../format/descriptor.ts'
import { encodeHeader, headerLength, objectKey } from '../format/header.ts'
import { type TailContext, openTail } from '../format/tail.ts'
import { utf8 } from '../format/text.ts'
import { nodeCodecs } from '../node/codecs.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { sealProvedTail } from './proved-tail.ts'

const root = new Uint8Array(32).fill(1)
const header = encodeHeader({ kind: 'commit', suite: 1, epoch: 1, repository: new Uint8Array(16), salt: new Uint8Array(32).fill(2) })
const payload = utf8('{"record":"'.padEnd(400, 'abc') + '"}')

test('a tail that was proved opens to what was sealed', async () => {
  const end = await sealProvedTail(contextOf(nodeCodecs), header, roles.record, payload, 0)
  expect(header.length).toBe(headerLength)
  expect(await openTail(contextOf(nodeCodecs), header, end, roles.record)).toEqual(payload)
})

test('a codec that errs is noticed before anything leaves', async () => {
  let erred = 0
  const gzip = nodeCodecs[1]
  const erring: CodecTable = {
    ...nodeCodecs,
    1: {
      ...gzip,
      encode(bytes, level) {
        const wrong = bytes.slice()
        wrong[100]! ^= 1
        erred++
        return gzip.encode!(wrong, level)
      },
    },
  }
  await expect(sealProvedTail(contextOf(erring), header, roles.record, payload, 0)).rejects.toMatchObject({ kind: 'corrupt', hint: expect.stringContaining('memory') as string })
  expect(erred).toBe(1)
})

function contextOf(codecs: CodecTable): TailContext {
  return { crypto: nodeCrypto, codecs, keyFor: (_, bytes) => objectKey(nodeCrypto, root, bytes) }
}
