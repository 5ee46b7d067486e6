import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from '../src/command/index.ts'
import { exitCodes } from '../src/exit-codes.ts'
import { globalOptions } from '../src/program.ts'

// What the README says is what there is.

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')

test('the README has a row for every command, in the order and the words of the help', () => {
  expect(rowsAfter('### Commands')).toEqual(commands.map(({ name, summary, args = [] }) => [`\`${[name, ...args.map(([syntax]) => syntax)].join(' ')}\``, summary]))
})

test('the README explains every exit code', () => {
  expect(rowsAfter('### Exit codes').map(([code]) => Number(code))).toEqual(Object.values(exitCodes))
})

test('the README explains every option that all commands have', () => {
  const flags = globalOptions.map((make) => make().flags)
  expect(rowsAfter('## Options').map(([flag]) => flag)).toEqual(flags.map((flag) => `\`${flag}\``))
})

test('the README shows the recording as it is', () => {
  const recording = readFileSync(resolve(import.meta.dirname, '../../../docs/recordings/init.txt'), 'utf8')
  expect(readme).toContain(`\`\`\`text\n${recording}\`\`\``)
})

/** Cells of the first table behind a heading, without its head. */
function rowsAfter(heading: string): string[][] {
  const [, text = ''] = readme.split(`\n${heading}\n`)
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.startsWith('| ---'))
  const end = lines.findIndex((line, at) => at > first && !line.startsWith('|'))
  return lines.slice(first + 1, end).map((line) => line.slice(2, -2).split(' | '))
}
