import type { SignInJson } from '../wire/providers.ts'

const texts: Readonly<Record<'done' | 'denied' | 'failed', readonly [title: string, text: string]>> = {
  done: ['Connected', 'You can close this window.'],
  denied: ['Not connected', 'The access was refused. You can close this window, and try again.'],
  failed: ['Not connected', 'Something went wrong. You can close this window, and try again.'],
}

/** What somebody sees who comes back from a vendor. It says nothing of accounts: it may be somebody else's screen. */
export function closingPage(state: SignInJson['state'], status = 200): Response {
  const [title, text] = texts[state === 'done' || state === 'denied' ? state : 'failed']
  const nonce = crypto.randomUUID()
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style nonce="${nonce}">body { font: 1rem/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; text-align: center }</style>
<main><h1>${title}</h1><p>${text}</p></main>
<script nonce="${nonce}">window.close()</script>
</html>
`
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      // The address holds the code of the vendor.
      'referrer-policy': 'no-referrer',
    },
  })
}
