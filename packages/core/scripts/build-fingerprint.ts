// Assembles fingerprint.wat into the constant that the package ships. Run it with Node 24 after a change.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { assemble } from './assemble.ts'

const module = assemble(readFileSync(resolve(import.meta.dirname, 'fingerprint.wat'), 'utf8'))
const lines = Buffer.from(module).toString('base64').match(/.{1,100}/g) ?? []

writeFileSync(
  resolve(import.meta.dirname, '../src/node/fingerprint/fingerprint-wasm.ts'),
  `/** scripts/fingerprint.wat as a WebAssembly module, in base64. Written by scripts/build-fingerprint.ts. */
export const fingerprintWasm: string =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`,
)
