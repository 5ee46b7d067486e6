import { isRefusal, refuse } from '../problem/refusal.ts'
import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import type { Services } from '../route/services.ts'
import * as schemas from '../schema/providers.ts'
import { reasonBody } from '../schema/snapshots.ts'
import type { AccountOption } from '../sign-in/account.ts'
import { readCookie, setCookie } from '../sign-in/cookie.ts'
import { closingPage } from '../sign-in/page.ts'
import type { AccountJson } from '../wire/providers.ts'
import { recordDeed, recordIfPossible } from './deeds.ts'
import { dueOf } from './due.ts'

/** Where copies are, and the accounts that lead there. */
export const providerRoutes: RoutesNamed<
  | 'GET /providers'
  | 'GET /accounts/:account'
  | 'POST /accounts/:account/sign-ins'
  | 'POST /accounts/:account/disconnect'
  | 'GET /sign-ins/:signIn'
  | 'POST /sign-ins/:signIn/cancel'
  | 'GET /oauth/callback'
> = {
  'GET /providers': {
    summary: 'Providers: what they hold, how full they are, and whether somebody has to sign in',
    action: 'read',
    answer: { json: schemas.providerList },
    async handle(services, { request }) {
      const { backup, accounts } = services
      const [{ providers }, shown] = await Promise.all([
        backup.status({ ...dueOf(services), signal: request.signal }),
        Promise.all([...accounts].map(([id, option]) => accountJson(id, option))),
      ])
      const isNearby = new Map(backup.settings.providers.map(({ location, nearby }) => [location, nearby]))
      return {
        providers: providers.map((provider) => {
          const account = shown.find((one) => one.providers.includes(provider.location))?.id
          return { ...asJson(provider), nearby: isNearby.get(provider.location) ?? false, ...(account !== undefined && { account }) }
        }),
        accounts: shown,
      }
    },
  },
  'GET /accounts/:account': {
    summary: 'An account, and whether it is connected',
    action: 'read',
    answer: { json: schemas.account },
    problems: ['unknown'],
    handle: async (services, { params }) => accountJson(...optionOf(services, params['account']!)),
  },
  'POST /accounts/:account/sign-ins': {
    summary: 'Begin to connect an account; open the address in a browser',
    action: 'configure',
    answer: { json: schemas.signInStarted },
    status: 201,
    problems: ['unknown'],
    async handle(services, { request, params, caller: { actor } }) {
      const { signIns, settings } = services
      const [id, { account }] = optionOf(services, params['account']!)
      const { started, cookie } = await signIns.begin(id, account, actor)
      const seconds = Math.ceil(settings.confirmMs / 1000)
      return new Response(JSON.stringify(started), {
        status: 201,
        headers: {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          'set-cookie': setCookie(request, started.id, cookie, `${settings.basePath}/oauth`, seconds),
        },
      })
    },
  },
  'POST /accounts/:account/disconnect': {
    summary: 'Forget an account, here and with the vendor',
    action: 'configure',
    body: reasonBody,
    answer: { json: schemas.disconnected },
    problems: ['unknown'],
    async handle(services, { request, params, body: { reason }, caller: { actor } }) {
      const [id, option] = optionOf(services, params['account']!)
      // One that leads nowhere any more can be forgotten, though that may be why the trail is out of reach.
      const { state } = await option.account.state()
      await (state === 'connected' ? recordDeed : recordIfPossible)(services, { deed: 'account-disconnect', subject: id, actor, reason, request })
      const { revoked } = await option.account.disconnect()
      return { account: await accountJson(id, option), revoked }
    },
  },
  'GET /sign-ins/:signIn': {
    summary: 'What became of a sign-in',
    action: 'configure',
    answer: { json: schemas.signIn },
    problems: ['unknown'],
    handle: async ({ signIns }, { params }) => signIns.get(params['signIn']!),
  },
  'POST /sign-ins/:signIn/cancel': {
    summary: 'Give up a sign-in whose page was closed',
    action: 'configure',
    answer: { json: schemas.signIn },
    problems: ['unknown'],
    handle: async ({ signIns }, { params }) => signIns.cancel(params['signIn']!),
  },
  'GET /oauth/callback': {
    summary: 'Where the vendor sends the browser back; shows a page that says how it went',
    // The vendor's redirect carries no token of the application. Nobody can guess its `state`, and the cookie says that it is the same browser.
    action: 'none',
    answer: { type: 'text/html', description: 'A page that closes itself.' },
    async handle(services, { request }) {
      try {
        const { signIn: { account, state }, actor } = await services.signIns.complete(request.url, (id) => readCookie(request, id))
        // Nobody waits for it in a window that is about to close.
        if (state === 'done') void recordIfPossible(services, { deed: 'account-connect', subject: account, actor, request })
        return closingPage(state)
      } catch (error) {
        if (isRefusal(error)) return closingPage('failed', error.problem.status)
        throw error
      }
    },
  },
}

function optionOf({ accounts }: Services, id: string): [id: string, option: AccountOption] {
  const option = accounts.get(id)
  if (option) return [id, option]
  throw refuse('unknown', 'There is no account with this id.', { key: id, hint: 'GET providers lists those there are.' })
}

async function accountJson(id: string, { account, providers = [] }: AccountOption): Promise<AccountJson> {
  const { title, name } = account
  const known = await account.state()
  return { id, title, ...(name !== undefined && { name }), ...known, providers: providers.map(({ location }) => location) }
}
