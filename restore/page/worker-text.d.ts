declare module 'worker-text' {
  /** The worker, bundled by build.ts. */
  const text: string
  export default text
}
