export {
  authorizationUrl,
  type AuthorizationUrlOptions,
  complete,
  type CompleteOptions,
  type PendingSignIn,
} from './authorization.ts'
export { authorizeInBrowser, type BrowserOptions } from './browser.ts'
export type { OAuthClient } from './client.ts'
export { deviceCode, type DeviceCodeOptions, type DevicePrompt } from './device-code.ts'
export { fileTokenStore, type FileTokenStoreOptions } from './file-token-store.ts'
export { google, type Issuer, microsoft, microsoftTenant } from './issuer.ts'
export type { ReauthReason, ReauthRequired } from './reauth.ts'
export { revoke, type RevokeOptions } from './revoke.ts'
export type { TimeOptions } from './time.ts'
export {
  type AccessTokenOptions,
  type TokenSource,
  tokenSource,
  type TokenSourceOptions,
} from './token-source.ts'
export { memoryTokenStore, type ReleaseLock, type TokenStore } from './token-store.ts'
export type { Tokens } from './tokens.ts'
export { webAccount, type WebAccount, type WebAccountOptions, type WebAccountState } from './web-account.ts'
