import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { takeStrangers } from '../../tasks/loopback-only.ts'

test('a test that reaches for another machine is found out, however it takes the refusal', async () => {
  await fetch('http://backup.example').catch(() => {})
  await fetch('http://192.0.2.1').catch(() => {})
  expect(() => connect(443, 'storage.example')).toThrow('wants to reach storage.example')
  expect(takeStrangers()).toEqual(['backup.example', '192.0.2.1', 'storage.example'])
})

test('the loopback is free', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    await expect(fetch(`http://${host}:9`)).rejects.toThrow('fetch failed')
  }
  expect(takeStrangers()).toEqual([])
})
