/**
 * Where the WebAssembly of SQLite is, which bundlers for browsers have to be told to bring along: its address, or its bytes. Node finds it
 * by itself.
 */
export type WasmPlace = string | URL | Uint8Array

const known = new Map<string, Promise<Uint8Array>>()

/** Fetched once. */
export function wasmBytes(place: WasmPlace | undefined): Promise<Uint8Array> {
  // Also one of another window.
  if (ArrayBuffer.isView(place)) return Promise.resolve(place)
  const key = String(place)
  const fetching = known.get(key) ?? load(place)
  known.set(key, fetching)
  fetching.catch(() => known.delete(key))
  return fetching
}

const packaged = '@journeyapps/wa-sqlite/dist/wa-sqlite-async.wasm'

async function load(place: string | URL | undefined): Promise<Uint8Array> {
  const { process } = globalThis as { process?: NodeJS.Process }
  // Not imported: bundlers for browsers would look for it.
  const files = process?.getBuiltinModule?.('node:fs')
  if (place === undefined && files) return files.readFileSync(new URL(import.meta.resolve(packaged)))
  const response = await fetch(place ?? new URL('wa-sqlite-async.wasm', import.meta.url))
  if (!response.ok) throw new Error(`${response.url} answers with ${response.status}.`)
  return new Uint8Array(await response.arrayBuffer())
}
