import { Buffer } from 'node:buffer'
import { fingerprintWasm } from './fingerprint-wasm.ts'
import { memoryBytes, type Kernel } from './kernel.ts'

/**
 * The kernel in WebAssembly with 128-bit SIMD. Absent where the runtime lacks either: a processor without SSE
 * 4.1, V8 without a compiler.
 */
export function wasmKernel(): Kernel | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi }
  const code = Buffer.from(fingerprintWasm, 'base64')
  if (!WebAssembly?.validate(code)) return undefined
  const pages = memoryBytes / wasmPageBytes
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { fingerprint: { memory } })
  return { memory: memory.buffer, hash: exports.hash }
}

const wasmPageBytes = 65536

/** The part of the JavaScript interface that is used here. TypeScript has it only for browsers. */
interface WebAssemblyApi {
  validate(code: Uint8Array): boolean
  Module: new (code: Uint8Array) => object
  Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  Instance: new (module: object, imports: object) => { readonly exports: Pick<Kernel, 'hash'> }
}
