/**
 * Assembles the part of the WebAssembly text format that fingerprint.wat uses: one imported memory and one
 * exported function, whose instructions are all folded. Sources: WebAssembly Core Specification 2.0, §5
 * (binary format) and §6 (text format).
 *
 * @throws Error for whatever it does not know; nothing is skipped.
 */
export function assemble(text: string): Uint8Array {
  const [module, ...rest] = parse(text)
  if (!isForm(module, 'module') || module.length !== 3 || rest.length > 0) {
    throw new Error('Expected one module that has one import and one function.')
  }
  const [, imported, func] = module
  const { memory, name, parameters, locals, code } = { ...readImport(imported), ...readFunction(func) }
  return Uint8Array.from([
    ...header,
    ...section(1, [0x60, ...vector(parameters.map((type) => [type])), 0]),
    ...section(2, [...memory.path.flatMap(string), 0x02, 0x00, ...unsigned(memory.pages)]),
    ...section(3, [0]),
    ...section(7, [...string(name), 0x00, 0]),
    ...section(10, sized([...vector(runs(locals)), ...code, end])),
  ])
}

type Node = string | Node[]

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const end = 0x0b
const empty = 0x40

const types: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b }

/** What follows the opcode: an index, a number, or for access to memory the alignment (log2) and offset. */
type Immediate = 'none' | 'local' | 'label' | 'integer' | 'lane' | { readonly align: number }

const instructions: Readonly<Record<string, readonly [opcode: number[], immediate: Immediate]>> = {
  br_if: [[0x0d], 'label'],
  'local.get': [[0x20], 'local'],
  'local.set': [[0x21], 'local'],
  'i64.store': [[0x37], { align: 3 }],
  'i32.const': [[0x41], 'integer'],
  'i32.ne': [[0x47], 'none'],
  'i32.add': [[0x6a], 'none'],
  'i32.sub': [[0x6b], 'none'],
  'i64.add': [[0x7c], 'none'],
  'i64.extend_i32_u': [[0xad], 'none'],
  'v128.load': [[0xfd, ...unsigned(0)], { align: 4 }],
  'i64x2.extract_lane': [[0xfd, ...unsigned(29)], 'lane'],
  'i32x4.add': [[0xfd, ...unsigned(174)], 'none'],
  'i64x2.add': [[0xfd, ...unsigned(206)], 'none'],
  'i64x2.extmul_low_i32x4_u': [[0xfd, ...unsigned(222)], 'none'],
  'i64x2.extmul_high_i32x4_u': [[0xfd, ...unsigned(223)], 'none'],
}

/** Tokens, in brackets as they are nested. Comments are dropped. */
function parse(text: string): Node[] {
  const top: Node[] = []
  const outer: Node[][] = []
  let current = top
  for (const [token] of text.matchAll(/;;.*|[()]|"[^"]*"|[^\s()";]+|\S/g)) {
    if (token.startsWith(';;')) continue
    if (token === '(') {
      outer.push(current)
      const form: Node[] = []
      current.push(form)
      current = form
    } else if (token === ')') {
      const enclosing = outer.pop()
      if (!enclosing) throw new Error('A bracket is closed that was not opened.')
      current = enclosing
    } else {
      current.push(token)
    }
  }
  if (outer.length > 0) throw new Error('A bracket is not closed.')
  return top
}

function readImport(form: Node | undefined): { memory: { path: string[]; pages: number } } {
  const [, from, name, memory] = expectForm(form, 'import')
  const [, pages] = expectForm(memory, 'memory')
  return { memory: { path: [unquote(from), unquote(name)], pages: integer(pages) } }
}

interface Func {
  name: string
  parameters: number[]
  locals: number[]
  code: number[]
}

function readFunction(form: Node | undefined): Func {
  const [, exported, ...rest] = expectForm(form, 'func')
  const declarations = rest.filter((node) => isForm(node, 'param') || isForm(node, 'local'))
  const typesOf = (kind: string): number[] =>
    declarations.flatMap((node) => (isForm(node, kind) ? typeOf(node[2]) : []))
  const names = declarations.map((node) => String(node[1]))
  const code = rest.slice(declarations.length).flatMap((node) => encode(node, names, []))
  const name = unquote(expectForm(exported, 'export')[1])
  return { name, parameters: typesOf('param'), locals: typesOf('local'), code }
}

/** A folded instruction, operands first. `labels` are those of the enclosing loops, innermost first. */
function encode(node: Node, locals: readonly string[], labels: readonly string[]): number[] {
  if (typeof node === 'string') throw new Error(`Expected an instruction in brackets, found ${node}.`)
  const [name, ...rest] = node
  if (name === 'loop') {
    const [label, ...body] = rest
    return [0x03, empty, ...body.flatMap((each) => encode(each, locals, [String(label), ...labels])), end]
  }
  const [opcode, immediate] = instructions[String(name)] ?? []
  if (!opcode || !immediate) throw new Error(`Unknown instruction ${String(name)}.`)
  const written = rest.filter((each) => typeof each === 'string')
  const operands = rest.filter((each) => typeof each !== 'string')
  const before = operands.flatMap((each) => encode(each, locals, labels))
  return [...before, ...opcode, ...encodeImmediate(immediate, written, locals, labels)]
}

function encodeImmediate(
  kind: Immediate,
  written: readonly string[],
  locals: readonly string[],
  labels: readonly string[],
): number[] {
  if (typeof kind === 'object') return [kind.align, ...unsigned(offset(written))]
  const [first, ...more] = written
  if (more.length > 0 || (kind === 'none') !== (first === undefined)) throw unexpected(written)
  if (kind === 'local') return unsigned(position(locals, first))
  if (kind === 'label') return unsigned(position(labels, first))
  if (kind === 'lane') return [integer(first)]
  return kind === 'integer' ? signed(integer(first)) : []
}

function offset(written: readonly string[]): number {
  const [first, ...more] = written
  if (first === undefined) return 0
  if (!first.startsWith('offset=') || more.length > 0) throw unexpected(written)
  return integer(first.slice('offset='.length))
}

function unexpected(immediates: readonly string[]): Error {
  return new Error(`Unexpected immediates: ${immediates.join(' ')}.`)
}

function position(names: readonly string[], name: string | undefined): number {
  const found = names.indexOf(name ?? '')
  if (found < 0) throw new Error(`Unknown name ${name}.`)
  return found
}

function typeOf(node: Node | undefined): number {
  const type = types[String(node)]
  if (type === undefined) throw new Error(`Unknown type ${String(node)}.`)
  return type
}

function integer(node: Node | undefined): number {
  if (!/^\d{1,9}$/.test(String(node))) throw new Error(`Expected a number, found ${String(node)}.`)
  return Number(node)
}

function unquote(node: Node | undefined): string {
  const text = String(node)
  if (!/^".*"$/.test(text)) throw new Error(`Expected a string, found ${text}.`)
  return text.slice(1, -1)
}

function isForm(node: Node | undefined, name: string): node is Node[] {
  return Array.isArray(node) && node[0] === name
}

function expectForm(node: Node | undefined, name: string): Node[] {
  if (!isForm(node, name)) throw new Error(`Expected (${name} ...), found ${JSON.stringify(node)}.`)
  return node
}

function section(id: number, item: number[]): number[] {
  return [id, ...sized([...unsigned(1), ...item])]
}

function sized(bytes: number[]): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

function vector(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function string(text: string): number[] {
  return sized([...new TextEncoder().encode(text)])
}

/** Locals are declared as counts of neighbours that have the same type. */
function runs(all: readonly number[]): number[][] {
  const starts = all.flatMap((type, at) => (type === all[at - 1] ? [] : [at]))
  return starts.map((start, nth) => [...unsigned((starts[nth + 1] ?? all.length) - start), all[start] ?? 0])
}

/** LEB128 for an unsigned type. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** LEB128 of a number that is not negative, for a signed type: the last byte keeps a bit for the sign. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
