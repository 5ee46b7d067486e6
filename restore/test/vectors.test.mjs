// vectors.json is made by the engine, and restore.mjs knows nothing of the engine: here the two meet.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { decodeLz4, decodeZstd, deriveKey, openAead, parseRecoveryCode } from '../restore.mjs'
import { filesIn, place, restoring, run } from './run.mjs'

const vectors = JSON.parse(fs.readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'))
const hex = (text) => Buffer.from(text, 'hex')
const objects = Object.entries(vectors.repository.objects).map(([name, bytes]) => [name, hex(bytes)])
const repository = { objects: new Map(objects) }
const VARIABLE = { passphrase: 'BACKUP_PASSPHRASE', raw: 'BACKUP_KEY', recovery: 'BACKUP_RECOVERY_CODE' }
const secrets = vectors.slots.cases.map(({ kind, secret }) => [kind, { [VARIABLE[kind]]: secret }])

test.each(vectors.recoveryCodes.cases)('reads the recovery code $printed', ({ bytes, printed, typed }) => {
  expect(parseRecoveryCode(printed)).toEqual(hex(bytes))
  expect(parseRecoveryCode(typed)).toEqual(hex(bytes))
})

test.each(vectors.derivations.cases)('derives the key of a slot: $kdf.name', ({ secret, kdf, kek }) => {
  const form = { raw: hex, recovery: parseRecoveryCode }[kdf.name] ?? String
  expect(deriveKey(kdf, form(secret), hex(vectors.repositoryId))).toEqual(hex(kek))
})

test.each(vectors.segments.cases)('opens a segment that is sealed under nonce $nonce', (segment) => {
  const suite = hex(segment.header)[6]
  const [header, key, descriptor] = [segment.header, segment.key, segment.descriptor].map(hex)
  const associated = Buffer.concat([header, descriptor])
  const plain = openAead(suite, key, descriptor.readUInt32LE(0), associated, hex(segment.sealed))
  expect(plain).toEqual(hex(segment.plain))
})

test('decodes what the encoders for lz4 and zstd made', () => {
  const plain = hex(vectors.codecs.plain)
  const stored = new Map(vectors.codecs.cases.map((each) => [each.name, hex(each.stored)]))
  expect(decodeLz4(stored.get('lz4'), plain.length)).toEqual(plain)
  expect(decodeZstd(stored.get('zstd'), plain.length)).toEqual(plain)
})

test.each(secrets)('restores every snapshot of its repository with the secret: %s', async (_kind, env) => {
  for (const { commit, streams } of vectors.repository.snapshots) {
    const { code, said, out, files } = await restoring(repository, env, commit)
    expect(said).not.toContain('!')
    expect(code).toBe(0)
    expect(files).toEqual(Object.keys(streams).sort())
    const restored = filesIn(out).map((name) => [name, fs.readFileSync(path.join(out, name)).toString('hex')])
    expect(Object.fromEntries(restored)).toEqual(streams)
  }
})

test('finds nothing wrong with the repository', async () => {
  const { code, said } = await run([place(repository).repo, 'verify'], secrets[0][1])
  const { length } = vectors.repository.snapshots
  expect(said).toContain(`${length} of ${length} snapshots`)
  expect(code).toBe(0)
})
