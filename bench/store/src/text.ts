import type { Random } from './random.ts'
import * as vocabulary from './vocabulary.ts'

export interface Person {
  name: string
  email: string
}

export function person(random: Random): Person {
  const first = random.pick(vocabulary.firstNames)
  const last = random.pick(vocabulary.lastNames)
  const host = `${random.pick(vocabulary.lastNames)}-${random.pick(vocabulary.goods)}`.toLowerCase()
  const email = `${first}.${last}`.toLowerCase() + `${random.below(1000)}@${host}.example`
  return { name: `${first} ${last}`, email }
}

export function street(random: Random): string {
  return `${random.pick(vocabulary.streets)} ${random.between(1, 240)}`
}

export function city(random: Random): string {
  return random.pick(vocabulary.cities)
}

export function phone(random: Random): string {
  return `+49 ${random.between(201, 999)} ${random.digits(7)}`
}

export function productName(random: Random): string {
  const size = `${random.between(2, 64)}x${random.between(5, 400)}`
  const kind = `${random.pick(vocabulary.qualities)} ${random.pick(vocabulary.goods)}`
  return `${kind}, ${random.pick(vocabulary.qualities).toLowerCase()}, ${size} mm`
}

export function unit(random: Random): string {
  return random.pick(vocabulary.units)
}

export function terms(random: Random): string {
  return random.favourite(vocabulary.terms)
}

export function note(random: Random): string {
  const subject = random.chance(50) ? person(random).name : `${random.pick(SERIES)}-${random.digits(6)}`
  const start = `${random.favourite(vocabulary.openings)} ${subject}`
  if (random.chance(40)) return start
  return `${start}; ${random.favourite(vocabulary.endings)}`
}

/** A batch number as suppliers print them: the month and a running number. */
export function lotNumber(random: Random, nowMs: number): string {
  const month = new Date(nowMs).toISOString().slice(2, 7).replace('-', '')
  return `${random.pick(SERIES)}${month}-${random.digits(4)}`
}

export function uuid(random: Random): string {
  const hex = random.hex(32)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-')
}

const SERIES = ['A', 'B', 'LS', 'RE', 'AU', 'K']
