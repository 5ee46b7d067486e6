import { readFileSync, writeFileSync } from 'node:fs'
import type { Crypto } from '../src/contract/runtime.ts'
import { hex } from '../src/format/text.ts'
import { nodeCrypto } from '../src/node/crypto.ts'
import { type KeyVectors, keyVectors } from './vectors/keys.ts'
import { createKit } from './vectors/kit.ts'
import { type ObjectVectors, objectVectors } from './vectors/objects.ts'
import { type RepositoryVectors, repositoryVectors } from './vectors/repository.ts'
import { type UnitVectors, unitVectors } from './vectors/units.ts'

/**
 * Test vectors for every step of FORMAT.md: what goes in and what comes out, for whoever writes a reader. They lie
 * in every repository. Run `node scripts/build-vectors.ts` after a change that is meant to change them; a test
 * compares them with what both cryptographies make.
 */
export interface Vectors extends KeyVectors, ObjectVectors, UnitVectors, RepositoryVectors {
  readonly about: string
  readonly repositoryId: string
  readonly unitsKey: string
}

const file = new URL('../../../restore/vectors.json', import.meta.url)

/** The vectors as they are kept. */
export function readVectors(): Vectors {
  return JSON.parse(readFileSync(file, 'utf8')) as Vectors
}

export async function makeVectors(crypto: Crypto): Promise<Vectors> {
  const kit = createKit(crypto)
  const keys = await keyVectors(kit)
  return {
    about:
      'Test vectors for format.md; § means its sections. Bytes are in hex, and so are keys that look random: they are not, and protect nothing. ' +
      'All vectors belong to one repository, which is at the end in full.',
    repositoryId: hex(kit.ring.repository),
    unitsKey: hex(kit.ring.units),
    ...keys,
    ...(await objectVectors(kit)),
    ...unitVectors(kit),
    ...(await repositoryVectors(kit, keys.slots.cases)),
  }
}

/** JSON with a line for each case. */
export function textOf(vectors: Vectors): string {
  return `${laidOut(vectors, 3, '')}\n`
}

function laidOut(value: unknown, depth: number, indent: string): string {
  if (depth === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const lines = Object.entries(value).map(([name, each]) => {
    const label = Array.isArray(value) ? '' : `${JSON.stringify(name)}: `
    return `${indent}  ${label}${laidOut(each, depth - 1, `${indent}  `)}`
  })
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`
}

if (import.meta.main) writeFileSync(file, textOf(await makeVectors(nodeCrypto)))
