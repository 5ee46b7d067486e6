/** Node's own, as far as the restore program uses it: bytes that can be read as numbers and as text. */
export class Buffer extends Uint8Array<ArrayBuffer> {
  constructor(source: number | ArrayLike<number> | ArrayBuffer, at?: number, length?: number) {
    super(source as ArrayBuffer, at, length)
  }

  static alloc(length: number): Buffer {
    return new Buffer(length)
  }

  static override from(source: unknown, second?: unknown, length?: number): Buffer {
    if (typeof source === 'string') return fromText(source, second as Encoding)
    if (source instanceof ArrayBuffer) return new Buffer(source, second as number, length)
    return new Buffer(source as ArrayLike<number>)
  }

  static concat(parts: readonly Uint8Array[]): Buffer {
    const joined = new Buffer(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }

  readUIntLE(at: number, bytes: number): number {
    let value = 0
    for (let byte = bytes - 1; byte >= 0; byte--) value = value * 256 + this.byte(at + byte)
    return value
  }

  readUIntBE(at: number, bytes: number): number {
    let value = 0
    for (let byte = 0; byte < bytes; byte++) value = value * 256 + this.byte(at + byte)
    return value
  }

  readUInt16LE(at: number): number {
    return this.byte(at) | (this.byte(at + 1) << 8)
  }

  readUInt32LE(at: number): number {
    return (this.readUInt16LE(at) | (this.readUInt16LE(at + 2) << 16)) >>> 0
  }

  readBigUInt64LE(at: number): bigint {
    return BigInt(this.readUInt32LE(at)) + (BigInt(this.readUInt32LE(at + 4)) << 32n)
  }

  writeUInt32LE(value: number, at = 0): void {
    for (let byte = 0; byte < 4; byte++) this[at + byte] = value >>> (8 * byte)
  }

  writeBigUInt64LE(value: bigint, at = 0): void {
    this.writeUInt32LE(Number(value & 0xffffffffn), at)
    this.writeUInt32LE(Number(value >> 32n), at + 4)
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, at) => byte === other[at])
  }

  copy(target: Uint8Array, targetAt = 0, start = 0, end: number = this.length): number {
    const part = this.subarray(start, end)
    target.set(part, targetAt)
    return part.length
  }

  /** Of a text in hex, its bytes. */
  write(text: string, at: number, _encoding: 'hex'): number {
    const bytes = fromText(text, 'hex')
    this.set(bytes, at)
    return bytes.length
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end: number = this.length): string {
    const part = this.subarray(start, end)
    if (encoding === 'utf8') return new TextDecoder().decode(part)
    if (encoding === 'hex') return Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join('')
    let text = ''
    // In pieces: a spread of a large array would overflow the stack.
    for (let at = 0; at < part.length; at += 8192) text += String.fromCharCode(...part.subarray(at, at + 8192))
    return encoding === 'latin1' ? text : btoa(text)
  }

  /** Node refuses to read beyond the end, too. */
  private byte(at: number): number {
    const value = this[at]
    if (value === undefined) throw new RangeError(`There is no byte ${at} in ${this.length}.`)
    return value
  }
}

type Encoding = 'utf8' | 'hex' | 'latin1' | 'base64'

function fromText(text: string, encoding: Encoding = 'utf8'): Buffer {
  if (encoding === 'utf8') return new Buffer(new TextEncoder().encode(text))
  if (encoding === 'hex') return new Buffer(Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)))
  if (encoding === 'latin1') return new Buffer(Array.from(text, (character) => character.charCodeAt(0)))
  try {
    return fromText(atob(text), 'latin1')
  } catch {
    // What is no base64 has no bytes; who asks compares with what these bytes would be written as.
    return new Buffer(0)
  }
}

/** Of names on disks alone, which a page never sees. */
export function isUtf8(): boolean {
  return true
}
