import type { CodecName } from '../../contract/codec.ts'
import type { CodecSample } from '../codec-suite-samples.ts'

/**
 * Streams written by the reference implementations, so that what was stored once can be read for ever: GNU
 * gzip 1.12, zstd 1.5.4, liblz4 1.9.4 and Google's brotli 1.1.
 */
export function codecVectors(codec: CodecName): CodecSample[] {
  return vectors[codec].map(([name, stored, plain = text()]) => ({ name, plain, stored: bytes(stored) }))
}

/** Forty lines that repeat each other in part. */
function text(): Uint8Array {
  const line = (unit: number): string =>
    `unit ${String(unit).padStart(4, '0')} of 0040: kept since ${2001 + ((unit * 7) % 23)}\n`
  return new TextEncoder().encode(Array.from({ length: 40 }, (_, at) => line(at + 1)).join(''))
}

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

type Vector = readonly [name: string, stored: string, plain?: Uint8Array]

const vectors: Readonly<Record<CodecName, readonly Vector[]>> = {
  store: [],
  gzip: [
    [
      'gzip -9 with the name of a file',
      'H4sICFJrAWsCA3BsYWluAIWTSwrCQBQE955ijvA+84vXkQhBiILJ/XUh7arp1WwKmldMnft2FDPz8rx/32rX8lhfR3lv+20t' +
        'YTYv5w8JgngDkgSJAFLZUAfS2FAC6WzIgAw2VIFMNuRAFobAixsbwtFO7S5AqF14cWoXXpzaHUCoXXhxahdenNrFZ3Bq9++F' +
        '2oWXoHZxdDC7js8Q1C68BLNrODqqjCSajCS6jCSGjCSmjCQWGUmajCRdRpIhI8mUkWSVkWSTkWSXkeSQkeSUkeQiI6nGI/kA' +
        'IrFkI3gFAAA=',
    ],
    [
      'gzip -1',
      'H4sIAAAAAAAEA3XTOwrCUBQG4d5V3CWcR+JrO6IQBBXU/Wuhk2qqNAOX8/HnfVteIyJy3C/f7xTHcT0/XuO53E7nURH7zfuX' +
        'lCQ5k7QkVSSTJLElmSXJJtlKUkGykyQmkr0kmSQHS3DJkCQ4OlX38H8oVReXVF1cUnV3PKS6uKTq4pKqyxhSdVcX1cWlVJej' +
        'y3STMZTq4lKmGxxdqssYSnVxKdXFpVSXMZTqri6mu/4krbqMoVUXl1ZdXFp1ObpVlzG06uLSqotLqy5jaNVdXVQXl0l1580H' +
        'IrFkI3gFAAA=',
    ],
  ],
  brotli: [
    [
      'quality 11',
      'G3cF+J0Hti1ymxjPRmRfF2R05idUwEn2b629FQhdlpnBYcQOLOxUho8UQkax1TK4wkw7jv4B6BtIfvzJNexDnEoiWzJaKoV0' +
        'RiZSNolu7USERXHi1BI5JGOkUkpnyUTJJtOtm5gIUUKcRiIkGSuVSjpbJlo2hdw2kyBSlCROKxGWjJNKLZ1DJkY2pdy2HpMy',
    ],
  ],
  lz4: [
    [
      'LZ4_compress_default',
      '9BR1bml0IDAwMDEgb2YgMDA0MDoga2VwdCBzaW5jZSAyMDA4CiMAHzIjAAQlMTUjAB8zIwAEJTIyIwAfNCMABCUwNiMAHzUj' +
        'AAQlMTMjAB82IwAEJTIwIwAfNyMABCUwNCMAHzgjAAQlMTEjAB85IwAFBRgBLzEwIwAEFTD1AB8xXgEGFDlpAB8xXgEGBRgB' +
        'HzFeAQYFGAEfMV4BBhU3aQAPXgEGBRgBHzFeAQYFGAEfMV4BBgUNAh8xXgEGBhgBD14BBgUYAR8yXgEGBfUAHzJeAQUVMQ0C' +
        'HzJeAQYFGAEfMl4BBRUw9QAfMl4BBgUNAh8yXgEGBRgBHzJeAQYFGAEfMl4BBgUNAh8yXgEGBhgBD14BBQYlAx8zXgEGBQ0C' +
        'HzNeAQYFGAEfM14BBgUYAR8zXgEGBfUAHzNeAQYFDQIfM14BBgUYAR8zXgEGBRgBHzNeAQYFDQIfM14BBgYYAQ9eAQYFGAEf' +
        'NF4BA1AyMDA1Cg==',
    ],
    [
      'LZ4_compress_HC, level 12',
      '9BR1bml0IDAwMDEgb2YgMDA0MDoga2VwdCBzaW5jZSAyMDA4CiMAHzIjAAQlMTUjAB8zIwAEJTIyIwAfNGkABRU2IwAfNWkA' +
        'BRUzIwAfNmkABRUwIwAfN2kABRU0IwAfOGkABRUxIwAfOSMABQUYAS8xMGkABRUyIwAPXgEGFTkjAA9eAQYVNiMAD14BBhUz' +
        'IwAPXgEGFTcjAA9eAQYVNCMAD14BBhUxIwAPXgEGFTUjAA9eAQYGGAEPXgEGBRgBHzJeAQYVMyMAHzFGAAUVMCMAD14BBhU3' +
        'IwAfM2kABRUxIwAfNCUDDi8yNSUDDi8yNiUDDi8yNyUDDi8yOCUDDi8yOSUDDi8zMCUDDi8zMSUDDi8zMiUDDi8zMyUDDi8z' +
        'NCUDDi8zNSUDDi8zNiUDDi8zNyUDDi8zOCUDDi8zOSUDDh80XgEDUDIwMDUK',
    ],
  ],
  zstd: [
    [
      'zstd -19 with checksum and length',
      'KLUv/WR4BI0EANJJGBWgJ+mImGI9b6rq6xNC9t5b8lqHmyOFfbGnaMqFekc7VyfDkqyne4jmLu0ZzVycCjtJ38NTGruwV7Ry' +
        'UenYM/s0PKSpyz2i3dWSsYX5EiNAOA4EYTAGBHA9ERQIf4I4CIlOqBHg+f0/A+A3AxFc0YV/fsuTJ/NkLmbDk3kyF/PhyTyZ' +
        'i/nwZJ7gyGasVAU0DfuD',
    ],
    [
      'zstd -1 from a pipe, without checksum',
      'KLUv/QBInQQAYskXFbAlxQZYsEIbGAGG7C2yu3un2RjMxUO15CcZrzc3cyW9g7dN7fQ5Ruv9Vi4kd+61p33mjdXzjVxXmo/5' +
        '6bfGtJF6vY3LSv+UP2B7IQZGISBHAFEQQakVAoC4rRyFMRBOqBFA+v6fAeA3AxFc4YV/9AEL6NuXmVFoLNG2dGRenxmVZc6c' +
        'DsHM7Jk5cRoza6oC',
    ],
    [
      'zstd -3 from a pipe, with checksum',
      'KLUv/QRYfQQAQsgVFaA16f1aWuVoAODRttxSypR49cOpEaTyO7m9Tv/9ni8+E5vrqDwx25Muxb0iqY1ahHTf6lKTvdIekdD2' +
        'lpHsVx040kMMjAJgjgNRGAGJHIJhSnKOwggIQKghcH7/z/A15hEcYYnwSy2Q2Aejt99+99vmbFCCHJqbwawQyx7LPilZ0EyO' +
        'GI5UO88Asgo0DfuD',
    ],
    ['zstd -1 of one repeated byte', 'KLUv/QBITQAAEHp6AQCz8wEW', new Uint8Array(3000).fill(0x7a)],
  ],
}
