/**
 * Resolves when so many of the promises have, and rejects as soon as that cannot come true any more, with the first failure.
 * None of them is waited for longer than that.
 */
export function enough(promises: readonly Promise<unknown>[], wanted: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = 0
    const failures: unknown[] = []
    const look = (): void => {
      if (done >= wanted) resolve()
      else if (promises.length - failures.length < wanted) reject(failures[0])
    }
    for (const promise of promises) {
      promise.then(
        () => {
          done++
          look()
        },
        (error: unknown) => {
          failures.push(error)
          look()
        },
      )
    }
    look()
  })
}
