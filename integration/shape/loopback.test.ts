import { lookup } from 'node:dns/promises'
import { connect, type LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import { takeStrangers } from '../../tasks/loopback-only.ts'

test('a test that reaches for another machine is found out, however it takes the refusal', async () => {
  await fetch('http://backup.example').catch(() => {})
  await fetch('http://192.0.2.1').catch(() => {})
  expect(() => connect(443, '192.0.2.2')).toThrow('wants to reach 192.0.2.2')
  await lookup('storage.example').catch(() => {})
  expect(takeStrangers()).toEqual(['backup.example', '192.0.2.1', '192.0.2.2', 'storage.example'])
})

test('a name may lead to the loopback, and nowhere else', async () => {
  const reach = (address: string): Promise<unknown> =>
    new Promise((resolve) => {
      const own: LookupFunction = (_host, _options, answer) => answer(null, address, 4)
      connect({ port: 9, host: 'storage.example', lookup: own, autoSelectFamily: false }).once('close', resolve).once('error', resolve)
    })
  await reach('127.0.0.1')
  expect(takeStrangers()).toEqual([])
  await reach('192.0.2.1')
  expect(takeStrangers()).toEqual(['storage.example'])
})

test('the loopback is free', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    await expect(fetch(`http://${host}:9`)).rejects.toThrow('fetch failed')
  }
  expect(takeStrangers()).toEqual([])
})
