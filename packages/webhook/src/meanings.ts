import type { ErrorKind, NetworkProblem } from '@backup/core'

/**
 * What an answer means: kind, what happened, what to do about it, and the code of the receiver where that is
 * known.
 */
export type Meaning = readonly [kind: ErrorKind, what: string, hint?: string | undefined, code?: string]

const byProblem: Readonly<Record<NetworkProblem, Meaning>> = {
  lost: ['transient', 'the connection broke'],
  unreachable: ['transient', 'the server is out of reach', 'Check the network and the address.'],
  silent: ['transient', 'the server did not answer in time'],
  untrusted: [
    'config',
    'the certificate of the server is not trusted',
    'Check the address, or let the runtime trust its authority (NODE_EXTRA_CA_CERTS).',
  ],
}

export function meaningOfProblem(problem: NetworkProblem | undefined): Meaning {
  return problem ? byProblem[problem] : byProblem.lost
}

const refused: Meaning = [
  'auth',
  'the server does not accept the sender',
  'Check the secret or token, and the address.',
]
const nobody: Meaning = [
  'config',
  'nobody listens at this address',
  'Check the address; a webhook that was deleted has to be made anew.',
]
const elsewhere: Meaning = [
  'config',
  'the address leads elsewhere',
  'Name the address that it leads to; redirects are not followed.',
]

const byStatus: Readonly<Record<number, Meaning>> = {
  0: elsewhere, // what browsers tell of a redirect
  401: refused,
  403: refused,
  404: nobody,
  405: nobody,
  408: ['transient', 'the server did not get the message in time'],
  410: nobody,
  413: ['permanent', 'the server takes no message of this size'],
  425: ['transient', 'the server asks to try again'],
  429: ['throttled', 'the server asks for fewer messages'],
}

export function httpRefusal(status: number): Meaning {
  const known = byStatus[status]
  if (known) return known
  if (status >= 500) return ['transient', 'the server reports a fault of its own']
  return status >= 300 && status < 400 ? elsewhere : ['permanent', 'the server refuses the message']
}

/** A proxy or a page of a hotel answers in place of the receiver. */
export function nonsense(receiver: string): Meaning {
  return [
    'transient',
    `the answer is not one of ${receiver}`,
    'Check the address, and what is between here and there.',
  ]
}
