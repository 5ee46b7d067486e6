/** Things that are dear to open, and are likely to be wanted again at once. */
export interface KeptOpen<Value> {
  /** Opens it unless it is open; it stays so as long as `use` is at work, and a while longer. */
  with<Result>(key: string, open: () => Promise<Value>, use: (value: Value) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

interface Kept<Value> {
  readonly opening: Promise<Value>
  users: number
  timer?: ReturnType<typeof setTimeout>
}

/**
 * @param most that are kept; one that is in use is never closed
 * @param idleMs after which nobody will come again
 */
export function keptOpen<Value extends { close(): Promise<void> }>(most: number, idleMs: number): KeptOpen<Value> {
  /** Last used last. */
  const all = new Map<string, Kept<Value>>()

  const drop = async (key: string): Promise<void> => {
    const kept = all.get(key)
    if (!kept || kept.users > 0) return
    clearTimeout(kept.timer)
    all.delete(key)
    await (await kept.opening.catch(() => undefined))?.close()
  }
  const dropOldest = async (): Promise<void> => {
    for (const key of all.keys()) if (all.size > most) await drop(key)
  }
  return {
    async with(key, open, use) {
      const kept = all.get(key) ?? { opening: open(), users: 0 }
      all.delete(key)
      all.set(key, kept)
      clearTimeout(kept.timer)
      kept.users++
      try {
        return await use(await kept.opening)
      } catch (error) {
        // Whatever went wrong with it, the next one begins anew.
        if (all.get(key) === kept) all.delete(key)
        throw error
      } finally {
        kept.users--
        if (all.get(key) !== kept && kept.users === 0) await (await kept.opening.catch(() => undefined))?.close()
        if (all.get(key) === kept && kept.users === 0) {
          kept.timer = setTimeout(() => void drop(key), idleMs)
          // It keeps no program alive.
          ;(kept.timer as { unref?(): void }).unref?.()
        }
        await dropOldest()
      }
    },
    async close() {
      for (const key of all.keys()) await drop(key)
    },
  }
}
