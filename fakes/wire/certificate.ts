import { generate } from 'selfsigned'

/** A certificate that is its own authority, in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const names = [
  'localhost',
  '*.googleapis.com',
  'accounts.google.com',
  'graph.microsoft.com',
  'login.microsoftonline.com',
]

/** Names the loopback and the hosts that a client behind {@link connectProxy} believes to talk to. */
export async function certificate(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Fakes for tests' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }],
      },
    ],
  })
  return { key, cert }
}
