/** What a bundler gives for a file that it takes along: its address. */
declare module '*.wasm' {
  const address: string
  export default address
}
