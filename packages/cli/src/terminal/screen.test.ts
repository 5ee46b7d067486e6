import { expect, test } from 'vitest'
import { type Output, type Screen, createScreen } from './screen.ts'

const half = { label: 'reading', doneBytes: 50, totalBytes: 100 }
const escape = '\u001B'
const colour = new RegExp(`${escape}\\[\\d+m`)
const sequence = new RegExp(`${escape}\\[\\??\\d*[A-Za-z]`, 'g')

interface Recorded {
  readonly screen: Screen
  text(): string
  wait(ms: number): void
}

function recorded(output: Partial<Output>, env: Record<string, string> = {}): Recorded {
  const written: string[] = []
  let now = 0
  const screen = createScreen({ write: (text) => written.push(String(text)), ...output }, { env, clock: () => now })
  return { screen, text: () => written.join(''), wait: (ms) => (now += ms) }
}

function sayEverything(screen: Screen): void {
  screen.title('Title')
  screen.alert('alert '.repeat(40))
  screen.say('said '.repeat(40))
  screen.detail('detail')
  screen.good('good '.repeat(40))
  screen.bad('bad')
  screen.warn('warning')
  screen.table([{ title: 'A', align: 'left' }], [['1']])
  screen.progress(half)
  screen.close()
}

test('a terminal gets one line that is redrawn and then goes away', () => {
  const { screen, text } = recorded({ isTTY: true, columns: 80 })
  screen.progress(half)
  screen.progress({ ...half, doneBytes: 60 })
  expect(text()).not.toContain('\n')
  expect(text().split('\r')).toHaveLength(3)
  screen.say('done')
  expect(text().endsWith(`\r${escape}[K${escape}[?25hdone\n`)).toBe(true)
})

test('the cursor is hidden once and given back', () => {
  const { screen, text } = recorded({ isTTY: true, columns: 80 })
  screen.progress(half)
  screen.progress(half)
  screen.close()
  screen.close()
  expect(text().split(`${escape}[?25l`)).toHaveLength(2)
  expect(text().split(`${escape}[?25h`)).toHaveLength(2)
})

test('nothing wraps on a terminal of sixty columns', () => {
  const { screen, text } = recorded({ isTTY: true, columns: 60 }, { NO_COLOR: '1' })
  sayEverything(screen)
  const lines = text().replaceAll(sequence, '').split(/[\n\r]/)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60)
  expect(lines.length).toBeGreaterThan(15)
})

test('a terminal that says it has no columns is taken for an ordinary one', () => {
  const { screen, text } = recorded({ isTTY: true, columns: 0 })
  screen.progress(half)
  expect(text()).toContain('50 %')
})

test('where there is no terminal, there are no control characters', () => {
  for (const { screen, text } of [recorded({}), recorded({ isTTY: true, columns: 80 }, { TERM: 'dumb' })]) {
    sayEverything(screen)
    expect(text()).toContain('✓ good')
    expect([...text()].filter((character) => character < ' ' && character !== '\n')).toEqual([])
  }
})

test('NO_COLOR takes the colours away, not the line that moves', () => {
  const painted = recorded({ isTTY: true, columns: 80 })
  const unpainted = recorded({ isTTY: true, columns: 80 }, { NO_COLOR: '1' })
  sayEverything(painted.screen)
  sayEverything(unpainted.screen)
  expect(painted.text()).toMatch(colour)
  expect(unpainted.text()).not.toMatch(colour)
  expect(unpainted.text()).toContain('\rreading')
})

test('plain lines of progress come after a second, and then ever more rarely', () => {
  const { screen, text, wait } = recorded({})
  for (let second = 0; second < 600; second++) {
    screen.progress(half)
    wait(1000)
  }
  const lines = text().split('\n').length - 1
  expect(lines).toBeGreaterThan(8)
  expect(lines).toBeLessThan(20)
  expect(text()).toMatch(/^reading: 50 % of 100 B\n/)
})

test('what is quick is not mentioned in plain lines', () => {
  const { screen, text, wait } = recorded({})
  screen.progress(half)
  wait(900)
  screen.progress(half)
  screen.progress({ label: 'storing' })
  wait(900)
  screen.progress({ label: 'storing' })
  expect(text()).toBe('')
})

test('a warning that is heard again is not said again', () => {
  const { screen, text } = recorded({})
  screen.warn('slow')
  screen.warn('slow')
  screen.warn('late')
  expect(text()).toBe('! slow\n! late\n')
})

test('in a pipe nothing is left out or broken, however wide it is', () => {
  const { screen, text } = recorded({ columns: 20 })
  screen.table([{ title: 'NAME', align: 'left' }, { title: 'NOTE', align: 'left', spare: true }], [['a'.repeat(30), 'b'.repeat(30)]])
  screen.say('word '.repeat(20).trim())
  expect(text()).toContain(`${'a'.repeat(30)}  ${'b'.repeat(30)}\n${'word '.repeat(20).trim()}\n`)
})

test('facts stand in a column of their own, and those that are nothing are left out', () => {
  const { screen, text } = recorded({ isTTY: true, columns: 24 }, { NO_COLOR: '1' })
  screen.facts([['id', '3f2a'], ['note', ''], ['source', 'one two three four five']])
  expect(text()).toBe('id      3f2a\nsource  one two three\n        four five\n')
})

test('a long claim goes on under its own beginning', () => {
  const { screen, text } = recorded({ isTTY: true, columns: 30 }, { NO_COLOR: '1' })
  screen.good('one two three four five six seven')
  expect(text()).toBe('✓ one two three four five six\n  seven\n')
})
