import { BackupError } from '@backup/core'

/**
 * Where the WebAssembly of SQLite is, which bundlers for browsers have to be told to bring along: its address, or its bytes. Node finds it
 * by itself, and a module in a browser finds it beside itself.
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
  return fetched(place ?? besideModule())
}

/** https://webassembly.github.io/spec/core/binary/modules.html#binary-module */
const magic = [0, 0x61, 0x73, 0x6d]

async function fetched(place: string | URL): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(place)
  } catch (cause) {
    throw new BackupError('transient', `The WebAssembly of SQLite cannot be fetched from ${place}: ${String(cause)}.`, { plugin: 'sqlite-travel', key: 'wasm', cause })
  }
  const bytes = new Uint8Array(await response.arrayBuffer())
  // Servers of pages often answer what is not there with the page itself.
  if (response.ok && magic.every((byte, at) => bytes[at] === byte)) return bytes
  throw notThere(`${response.url || place} answers with ${response.ok ? 'something else' : response.status}`)
}

function besideModule(): URL {
  const { url } = import.meta
  if (url) return new URL('wa-sqlite-async.wasm', url)
  // Bundles that are no modules have no address.
  throw notThere('a script that is no module does not know where it came from')
}

function notThere(why: string): BackupError {
  return new BackupError('config', `The WebAssembly of SQLite was not found: ${why}.`, {
    plugin: 'sqlite-travel',
    key: 'wasm',
    hint: `Have the bundler bring ${packaged} along, and give its address as option "wasm".`,
  })
}
