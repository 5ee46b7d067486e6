import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { rolesOf } from '../src/index.ts'
import { codes } from '../src/problem/codes.ts'
import { routeTable } from '../src/routes/table.ts'

// What the README says is what the handler does.

const text = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '))

test('every route is in the table, with what it needs', () => {
  const told = rows.flatMap(([route = '', needs = '']) => {
    const name = /^`([A-Z]+ \/\S+)`$/.exec(route)?.[1]
    return name === undefined ? [] : [[name, /^`(\w+)`/.exec(needs)?.[1] ?? 'none']]
  })
  expect(told.sort()).toEqual(Object.entries(routeTable).map(([name, { action }]) => [name, action]).sort())
})

test('every problem is in the table, with its status, where its address leads', () => {
  const told = rows.flatMap(([first = '', status = '']) => {
    const [, anchor, code] = /^<a id="problem-([a-z-]+)"><\/a>`([a-z-]+)`$/.exec(first) ?? []
    return code === undefined ? [] : [[code, anchor === code ? status : 'another anchor']]
  })
  const known = Object.entries(codes).map(([code, { status }]) => [code, code === 'failed' ? 'by `kind`' : String(status)])
  expect(told.sort()).toEqual(known.sort())
})

test('every role is in the table, with what it may', () => {
  const header = rows.find(([first]) => first === 'role')!.map((cell) => cell.replaceAll('`', ''))
  for (const [role, actions] of Object.entries(rolesOf)) {
    const row = rows.find(([first]) => first === `\`${role}\``)!
    const can = header.filter((_, at) => row[at]?.trim() === 'yes')
    expect([role, can]).toEqual([role, actions])
  }
})

test('a route of Next has the methods that are tested on it', () => {
  const tested = readFileSync(resolve(import.meta.dirname, 'next-app/app/api/backup/[...path]/route.js'), 'utf8')
  const methodsIn = (source: string): string[] => [...source.matchAll(/handler as ([A-Z]+)/g)].map(([, method]) => method!)
  expect(methodsIn(tested)).toContain('PUT')
  expect(methodsIn(text)).toEqual(methodsIn(tested))
})
