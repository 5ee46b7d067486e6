/**
 * HChaCha20: a key and 16 bytes of nonce become another key. draft-irtf-cfrg-xchacha-03 §2.2.
 *
 * With it, XChaCha20-Poly1305 is ChaCha20-Poly1305 (RFC 8439) under the new key, with the rest of the nonce
 * behind four zero bytes (§2.3).
 */
export function hchacha20(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const state = new Int32Array(16)
  state.set(constants, 0)
  const keyView = new DataView(key.buffer, key.byteOffset, 32)
  const nonceView = new DataView(nonce.buffer, nonce.byteOffset, 16)
  for (let word = 0; word < 8; word++) state[4 + word] = keyView.getInt32(word * 4, true)
  for (let word = 0; word < 4; word++) state[12 + word] = nonceView.getInt32(word * 4, true)

  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of quarters) quarterRound(state, a, b, c, d)
  }

  const derived = new Uint8Array(32)
  const out = new DataView(derived.buffer)
  for (let word = 0; word < 4; word++) {
    out.setInt32(word * 4, state[word]!, true)
    out.setInt32(16 + word * 4, state[12 + word]!, true)
  }
  state.fill(0)
  return derived
}

/** "expand 32-byte k" */
const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]

/** Four columns, then four diagonals: RFC 8439 §2.3. */
const quarters = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

function quarterRound(state: Int32Array, a: number, b: number, c: number, d: number): void {
  mix(state, a, b, d, 16)
  mix(state, c, d, b, 12)
  mix(state, a, b, d, 8)
  mix(state, c, d, b, 7)
}

/** to += from; turned = (turned ^ to) rotated left. */
function mix(state: Int32Array, to: number, from: number, turned: number, by: number): void {
  state[to] = state[to]! + state[from]!
  const mixed = state[turned]! ^ state[to]!
  state[turned] = (mixed << by) | (mixed >>> (32 - by))
}
