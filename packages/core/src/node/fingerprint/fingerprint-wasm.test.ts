import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { assemble } from '../../../scripts/assemble.ts'
import { fingerprintWasm } from './fingerprint-wasm.ts'

const source = readFileSync(resolve(import.meta.dirname, '../../../scripts/fingerprint.wat'), 'utf8')

test('the module is what its source assembles to', () => {
  expect(fingerprintWasm).toBe(Buffer.from(assemble(source)).toString('base64'))
})

test('a small module assembles to the bytes of the specification', () => {
  const func = '(func (export "f") (param $x i32) (local $y i64) (local $z i64))'
  const text = `(module (import "a" "m" (memory 200)) ${func})`
  const bytes = [
    '0061736d 01000000',
    '01 05 01 60 01 7f 00',
    '02 09 01 01 61 01 6d 02 00 c8 01',
    '03 02 01 00',
    '07 05 01 01 66 00 00',
    '0a 06 01 04 01 02 7e 0b',
  ]
  expect(Buffer.from(assemble(text)).toString('hex')).toBe(bytes.join('').replaceAll(' ', ''))
})

test.each([
  ['an instruction', 'i64x2.extmul_low_i32x4_u', 'i64x2.extmul_low_i32x4_x', /Unknown instruction/],
  ['a local', '(local.get $zero)', '(local.get $nought)', /Unknown name/],
  ['a label', 'br_if $groups', 'br_if $group', /Unknown name/],
  ['a type', '(local $zero v128)', '(local $zero f64)', /Unknown type/],
  ['an attribute of an access', 'offset=16', 'align=16', /Unexpected immediates/],
  ['a second immediate', '(i32.const 0)', '(i32.const 0 1)', /Unexpected immediates/],
  ['a number', '(i32.const 0)', '(i32.const zero)', /Expected a number/],
  ['a bare instruction', '(loop $groups', '(loop $groups nop', /in brackets/],
  ['another field', '(module', '(module (table 0 funcref)', /one module/],
  ['a bracket too few', '(module', 'module', /not opened/],
  ['a bracket too many', '(module', '((module', /not closed/],
])('the assembler refuses what it does not know: %s', (_, known, unknown, message) => {
  expect(source).toContain(known)
  expect(() => assemble(source.replace(known, unknown))).toThrow(message)
})
