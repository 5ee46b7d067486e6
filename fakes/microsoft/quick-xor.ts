const widthBits = 160

/**
 * The hash of OneDrive, byte by byte as it is defined: each byte is shifted 11 bits further than the one
 * before, around a register of 160 bits, and the length is added at its end.
 */
export function quickXor(content: Uint8Array): string {
  const register = new Uint8Array(widthBits / 8 + 1)
  for (let at = 0, shift = 0; at < content.length; at++, shift = (shift + 11) % widthBits) {
    const wide = (content[at] ?? 0) << (shift % 8)
    const low = shift >> 3
    register[low] = (register[low] ?? 0) ^ (wide & 0xff)
    const high = low + 1 === widthBits / 8 ? 0 : low + 1
    register[high] = (register[high] ?? 0) ^ (wide >> 8)
  }
  const digest = Buffer.from(register.subarray(0, widthBits / 8))
  const tail = digest.length - 8
  digest.writeBigUInt64LE(digest.readBigUInt64LE(tail) ^ BigInt(content.length), tail)
  return digest.toString('base64')
}
