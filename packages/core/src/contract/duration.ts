/**
 * A length of time: a number and a unit, `s`, `m`, `h`, `d` (24 hours) or `w` (7 of these): `'90s'`, `'15m'`, `'1.5h'`.
 */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`
