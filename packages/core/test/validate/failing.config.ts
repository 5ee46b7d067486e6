import type { BackupProvider } from '../../src/contract/provider.ts'
import { modelClient } from '../model-client.ts'
import good, { cloudOf } from './good.config.ts'

// Two accounts, one of which loses the last byte of large objects and knows of no missing ones.

function short(place: string): BackupProvider {
  const client = modelClient(cloudOf(place))
  return {
    ...client,
    location: `model:${place}`,
    put: (key, body, options) => client.put(key, body.slice(0, 1_000_000), options),
    delete: async () => {},
  }
}

const accounts: Readonly<Record<string, (place: string) => BackupProvider>> = { good, short }
export default accounts
export const off: Readonly<Record<string, string>> = {
  'takes the oddest keys that the rule allows': 'its names are plain',
}
