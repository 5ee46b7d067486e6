import { readFileSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, roomOf, roomReached, specifiersOf, valuesOf } from './imports.ts'
import { nodeRooms, rooms, typesOnly } from './rooms.ts'

const core = resolve(import.meta.dirname, '../../packages/core/src')
const imports = importsOf(core)

describe('the rooms of core', () => {
  test('all stand in the table, and the table names no others', () => {
    const present = readdirSync(core).filter((name) => !name.endsWith('.test.ts'))
    expect([...rooms.flat(), ...typesOnly].sort()).toEqual(present.sort())
  })

  test('import only from the rows above them', () => {
    const row = (room: string) => rooms.findIndex((names) => names.includes(room))
    const trespasses = imports.filter((found) => {
      const [here, there] = [roomOf(found.from), roomReached(found)]
      if (there === undefined || there === here) return false
      if (typesOnly.includes(here) || typesOnly.includes(there)) return false
      return row(there) >= row(here)
    })
    expect(trespasses).toEqual([])
  })

  test.each(typesOnly)('that say they hold types alone do: %s', (file) => {
    expect(valuesOf(readFileSync(join(core, file), 'utf8'))).toEqual([])
  })

  test('leave the built-in modules of Node to those that are for Node', () => {
    const builtin = (specifier: string) => specifier.startsWith('node:') || builtinModules.includes(specifier)
    const elsewhere = imports.filter(({ from }) => !nodeRooms.includes(roomOf(from)))
    const trespasses = elsewhere.filter(({ specifier }) => builtin(specifier))
    expect(trespasses).toEqual([])
  })
})

test('every way to import is seen, and a comment is none', () => {
  const text = `
    import a from './static.ts'
    import type { B } from './type.ts'
    import './effect.ts'
    export { c } from './re-export.ts'
    export * from './star.ts'
    // import './comment.ts'
    const d = await import('./dynamic.ts')`
  const seen = ['./static.ts', './type.ts', './effect.ts', './re-export.ts', './star.ts', './dynamic.ts']
  expect(specifiersOf(text)).toEqual(seen)
})

test('a type is told from a value', () => {
  const text = `
    export interface A {}
    export type B = A
    export type { C } from './c.ts'
    export const d: number = 1`
  expect(valuesOf(text)).toEqual(['d'])
})
