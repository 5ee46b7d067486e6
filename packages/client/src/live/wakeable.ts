/** Sleeps until the time is over, the signal fires, or the machine says that it is back on line. */
export interface Wakeable {
  /** @returns whether it was woken before its time */
  sleep(ms: number): Promise<boolean>
  release(): void
}

type Target = { addEventListener?(type: string, listener: () => void): void; removeEventListener?(type: string, listener: () => void): void }

export function wakeable(signal: AbortSignal): Wakeable {
  let wake = (): void => {}
  const woken = (): void => wake()
  const page = globalThis as Target
  signal.addEventListener('abort', woken)
  page.addEventListener?.('online', woken)
  return {
    sleep: (ms) =>
      new Promise((done) => {
        const timer = setTimeout(() => done(false), ms)
        wake = () => {
          clearTimeout(timer)
          done(true)
        }
      }),
    release() {
      signal.removeEventListener('abort', woken)
      page.removeEventListener?.('online', woken)
    },
  }
}
