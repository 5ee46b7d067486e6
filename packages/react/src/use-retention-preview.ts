import type { RetentionPreviewBody, RetentionPreviewJson } from '@backup/client'
import { type Fetched, useResource } from './use-store.ts'

/** What policies would keep, now and at other times. Removes nothing. @param body `at` names the times: keep them the same between renders */
export function useRetentionPreview(body: RetentionPreviewBody = {}): Fetched<RetentionPreviewJson> {
  return useResource('POST /retention/preview', { body })
}
