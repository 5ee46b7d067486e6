/**
 * Tests of the suite for providers that are about requests and answers, bodies and uploads: what of a store is the same in each of its
 * places need be asked of one place alone.
 */
const tests = [
  'returns objects of every size as they were put',
  'never returns less than was asked for when a body breaks off',
  'never returns less than was asked for when a body ends early',
  'returns the range or fails when the store ignores ranges',
  'returns the range or fails when the store sends another one',
  'sends nothing while the store wants a pause of so many seconds',
  'sends nothing while the store wants a pause until a date',
  'sends nothing for a while when the store wants a pause and does not say how long',
  'comes through five hundred calls of which thirty in a hundred fail',
  'gives up a store that does not answer',
  'gives up a body that stops in the middle',
  'gives up a body that comes a byte now and then',
  'reports a page of a gateway in place of an answer as transient',
  'reports a server error without words as transient',
  'takes no nonsense for an answer',
  'takes no error for an answer because its status is 200',
  'hears a refusal that comes before the body was sent',
  'holds no more memory for its puts than it says',
  'stores nothing of a put whose body breaks off on the way',
  'stores nothing of a body that is not what its hash says',
  'renews an access token that expires, also in the middle of an upload',
  'renews an expired token once for twenty calls, and leaves it to the next process',
  'works, or blames the clock, when the clock is twenty minutes off',
] as const

/** To be left out in a second place, as `off` of the suite. @param where it is done */
export const onTheWire = (where: string): Record<string, string> => Object.fromEntries(tests.map((name) => [name, where]))
