/**
 * The same memory without Buffer's methods: a Buffer's `slice` is a view where everybody else's is a copy.
 */
export function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
