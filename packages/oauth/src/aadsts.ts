import type { ReauthReason } from './reauth.ts'

/**
 * What a code of Microsoft Entra means; without a reason it is the registration that is wrong, not the
 * sign-in.
 */
export interface EntraMeaning {
  readonly what: string
  readonly hint: string
  readonly reason?: ReauthReason
}

const again = 'Sign in again.'
const verify = 'Sign in again and complete the verification.'
const consent = 'Sign in again and consent, or have an administrator consent for the organisation.'
const admin = 'Ask the administrator of the account.'
const registration =
  'Correct the app registration in the Entra admin center, or the client id and secret given here.'
const publicClient =
  'In the app registration, add the platform "Mobile and desktop applications" and allow public client flows.'

/**
 * Numbers of the `AADSTS` codes that a token request meets.
 *
 * Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export const aadsts: Readonly<Record<number, EntraMeaning>> = {
  50034: { reason: 'blocked', what: 'the account does not exist in this directory', hint: admin },
  50053: { reason: 'blocked', what: 'the account is locked', hint: admin },
  50055: { reason: 'verification', what: 'the password has expired', hint: verify },
  50057: { reason: 'blocked', what: 'the account is disabled', hint: admin },
  50074: { reason: 'verification', what: 'a second factor is required', hint: verify },
  50076: { reason: 'verification', what: 'a second factor is required now', hint: verify },
  50078: { reason: 'verification', what: 'the second factor has expired', hint: verify },
  50079: { reason: 'verification', what: 'a second factor has to be set up', hint: verify },
  50105: { reason: 'blocked', what: 'the account is not assigned to the application', hint: admin },
  50132: { reason: 'revoked', what: 'the session was ended', hint: again },
  50133: { reason: 'revoked', what: 'the password was changed', hint: again },
  50158: { reason: 'verification', what: 'another service has to verify the account', hint: verify },
  50173: { reason: 'revoked', what: 'the password was changed or the access revoked', hint: again },
  53000: { reason: 'blocked', what: 'the device does not comply with a policy', hint: admin },
  53003: { reason: 'blocked', what: 'a policy of conditional access refuses it', hint: admin },
  65001: { reason: 'consent', what: 'nobody has consented to this application', hint: consent },
  65004: { reason: 'consent', what: 'the user declined to consent', hint: consent },
  70000: { reason: 'refused', what: 'the grant is not valid', hint: again },
  70008: { reason: 'expired', what: 'the grant has expired', hint: again },
  70043: { reason: 'expired', what: 'a policy has ended the sign-in', hint: again },
  700081: { reason: 'expired', what: 'the sign-in has reached its longest life', hint: again },
  700082: { reason: 'expired', what: 'the sign-in was not used for too long', hint: again },
  700084: {
    reason: 'expired',
    what: 'the sign-in of a single-page application has ended after a day',
    hint: publicClient,
  },
  50011: { what: 'the redirect URL is not registered', hint: registration },
  70011: { what: 'a scope is not valid', hint: registration },
  90002: { what: 'the tenant does not exist', hint: registration },
  700016: { what: 'the application is not known in this tenant', hint: registration },
  7000215: { what: 'the client secret is wrong', hint: registration },
  7000218: { what: 'the registration demands a client secret', hint: publicClient },
  7000222: { what: 'the client secret has expired', hint: registration },
  9002326: { what: 'the redirect URL is registered for single-page applications', hint: publicClient },
  9002327: { what: 'the redirect URL is registered for single-page applications', hint: publicClient },
}
