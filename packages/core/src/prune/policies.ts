import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { RetentionPolicy } from '../contract/retention.ts'

/** The options that say what is worth keeping. */
export interface RetentionSettings {
  readonly providers: readonly BackupProvider[]
  readonly retention?: RetentionPolicy | readonly RetentionPolicy[]
  readonly whenFull?: { readonly above?: number; readonly retention: RetentionPolicy | readonly RetentionPolicy[] }
}

/** Used, of what there is: from here on a provider has little room left. */
export const defaultShare = 0.9

/**
 * The policies that count now: those of `whenFull` while a provider has little room left, the usual ones otherwise. A provider that
 * does not tell, or does not answer, counts as one with room.
 */
export async function policiesFor({ retention, whenFull, providers }: RetentionSettings, call: CallOptions): Promise<RetentionPolicy[]> {
  const usual = [retention ?? []].flat()
  if (!whenFull) return usual
  const { above = defaultShare } = whenFull
  const shares = await Promise.all(
    providers.map(async (provider) => {
      const { usedBytes, totalBytes, freeBytes } = (await provider.usage?.(call).catch(() => undefined)) ?? {}
      const used = usedBytes ?? (totalBytes !== undefined && freeBytes !== undefined ? totalBytes - freeBytes : undefined)
      return used !== undefined && totalBytes ? used / totalBytes : 0
    }),
  )
  return Math.max(...shares) > above ? [whenFull.retention].flat() : usual
}

