import { createPaint, type Paint } from './paint.ts'
import { type Progress, progressLine, progressWords } from './progress-line.ts'
import { type Column, tableLines } from './table.ts'
import { wrap } from './wrap.ts'

/** Where a command tells what it does, and what it found. */
export interface Screen {
  /** Columns that a line may have. */
  readonly width: number
  title(text: string): void
  say(text: string): void
  /** The same, where it must be seen whatever is silenced. */
  alert(text: string): void
  /** In the background: a detail. */
  detail(text: string): void
  good(text: string): void
  bad(text: string): void
  /** Says it once, however often it is heard. */
  warn(text: string): void
  /** Names on the left, and beside them what they are, if they are anything. */
  facts(lines: readonly Fact[]): void
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void
  /** Shows how far something is: one line that is redrawn, until something else is said. */
  progress(progress: Progress): void
  /** Leaves the terminal as it was found. */
  close(): void
}

export type Fact = readonly [name: string, value: string]

/** A stream to write to, with what a terminal says of itself. */
export interface Output {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface ScreenOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock?: () => number
  /** Goes before every line but titles. @default none */
  readonly indent?: string
}

/** A terminal gets colours and a line that moves; everything else plain lines without control characters. */
export function createScreen(output: Output, { env, clock = Date.now, indent = '' }: ScreenOptions): Screen {
  const terminal = output.isTTY === true && env.TERM !== 'dumb'
  // https://no-color.org: present and not empty.
  const paint = createPaint(terminal && !env.NO_COLOR)
  const live = terminal ? redrawnLine(output, paint, indent) : fewLines(output, clock, indent)
  // In a pipe or a log nothing is broken or left out: another program reads it.
  const width = (): number => (terminal ? Math.min(columnsOf(output), mostColumns) - 1 : Number.MAX_SAFE_INTEGER)
  const warnings = new Set<string>()

  const print = (...lines: string[]): void => {
    live.clear()
    for (const line of lines) output.write(`${line}\n`)
  }
  /** A mark, and the text beside it also where it goes on in a second line. */
  const marked = (mark: string, text: string): void => {
    const [first = '', ...more] = wrap(text, width(), `${indent}  `)
    print(`${indent}${mark} ${first.trimStart()}`, ...more)
  }

  return {
    get width() {
      return width()
    },
    title: (text) => print('', ...wrap(text, width(), '').map((line) => paint('bold', line))),
    say: (text) => print(...wrap(text, width(), indent)),
    alert: (text) => print(...wrap(text, width(), `${indent}  `)),
    detail: (text) => print(...wrap(text, width(), indent).map((line) => paint('dim', line))),
    good: (text) => marked(paint('green', '✓'), text),
    bad: (text) => marked(paint('red', '✗'), text),
    warn(text) {
      if (warnings.has(text)) return
      warnings.add(text)
      marked(paint('yellow', '!'), text)
    },
    facts(lines) {
      const shown = lines.filter(([, value]) => value !== '')
      const column = Math.max(...shown.map(([name]) => name.length)) + 2
      for (const [name, value] of shown) {
        const [first = '', ...more] = wrap(value, width(), ' '.repeat(indent.length + column))
        print(`${indent}${paint('dim', name.padEnd(column))}${first.trimStart()}`, ...more)
      }
    },
    table(columns, rows) {
      const lines = tableLines(columns, rows, width() - indent.length, paint)
      print(...lines.map((line) => `${indent}${line}`))
    },
    progress: live.show,
    close: live.clear,
  }
}

/** How progress is shown. */
interface LiveLine {
  show(progress: Progress): void
  clear(): void
}

function redrawnLine(output: Output, paint: Paint, indent: string): LiveLine {
  let shown = false
  return {
    show(progress) {
      const line = progressLine(progress, columnsOf(output), paint, indent)
      output.write(`${shown ? '' : hideCursor}\r${line}${eraseRest}`)
      shown = true
    },
    clear() {
      if (shown) output.write(`\r${eraseRest}${showCursor}`)
      shown = false
    },
  }
}

/** Says how far it is after a second, and then ever more rarely, so that a log of hours stays short. */
function fewLines(output: Output, clock: () => number, indent: string): LiveLine {
  let label: string | undefined
  let saidAt = 0
  let waitMs = firstWaitMs
  return {
    show(progress) {
      if (progress.label !== label) {
        label = progress.label
        saidAt = clock()
        waitMs = firstWaitMs
      }
      if (clock() - saidAt < waitMs) return
      saidAt = clock()
      waitMs = Math.min(waitMs * 2, mostWaitMs)
      output.write(`${indent}${progressWords(progress)}\n`)
    },
    clear() {
      label = undefined
    },
  }
}

/** Some terminals say that they have no columns at all. */
function columnsOf({ columns }: Output): number {
  return columns !== undefined && columns > 0 ? columns : defaultColumns
}

const defaultColumns = 80
/** Longer lines are hard to read. */
const mostColumns = 100
const firstWaitMs = 1_000
const mostWaitMs = 60_000

/** ECMA-48 and DEC private modes, which every terminal of today knows. */
const eraseRest = '\u001B[K'
const hideCursor = '\u001B[?25l'
const showCursor = '\u001B[?25h'
