import type { AccountJson, AccountState, DisconnectJson, ProviderJson, ProviderListJson, SignInJson, SignInStartedJson } from '../wire/providers.ts'
import { providerProperties } from './health.ts'
import { type Schema, flag, list, named, object, oneOf, optional, text, time } from './schema.ts'
import { failure } from './session.ts'

const state: Schema<AccountState> = oneOf('connected', 'disconnected', 'reconnect')

export const account: Schema<AccountJson> = named(
  'Account',
  object<AccountJson>({
    id: text(),
    title: text('Of the vendor.'),
    name: optional(text('Its address.')),
    state,
    reason: optional(text()),
    hint: optional(text()),
    providers: list(text('Location of a provider.')),
  }),
)

const provider: Schema<ProviderJson> = named(
  'Provider',
  object<ProviderJson>({ ...providerProperties, nearby: flag(), account: optional(text('Id of the account that it is reached with.')) }),
)

export const providerList: Schema<ProviderListJson> = named(
  'ProviderList',
  object<ProviderListJson>({ providers: list(provider), accounts: list(account) }),
)

export const signInStarted: Schema<SignInStartedJson> = named(
  'SignInStarted',
  object<SignInStartedJson>({ id: text(), url: text('To be opened in a browser.'), expiresAt: time() }),
)

export const signIn: Schema<SignInJson> = named(
  'SignIn',
  object<SignInJson>({
    id: text(),
    account: text(),
    state: oneOf('pending', 'done', 'denied', 'failed', 'cancelled', 'expired'),
    error: optional(failure),
  }),
)

export const disconnected: Schema<DisconnectJson> = object<DisconnectJson>({ account, revoked: flag('The vendor was told, too.') })
