import type { BackupProvider } from '../../src/contract/provider.ts'
import { modelCloud, type Cloud } from '../model-cloud.ts'
import { modelClient } from '../model-client.ts'

// An account whose places are clouds of their own, and fail in nothing.

const clouds = new Map<string, Cloud>()

export function cloudOf(place: string): Cloud {
  const cloud = clouds.get(place) ?? modelCloud()
  clouds.set(place, cloud)
  return cloud
}

export default (place: string): BackupProvider => ({
  ...modelClient(cloudOf(place)),
  location: `model:${place}`,
})
