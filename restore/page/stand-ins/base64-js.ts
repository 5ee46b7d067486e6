/** The one function of the package that the decoder for brotli calls; browsers have it. */
export default {
  toByteArray: (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
}
