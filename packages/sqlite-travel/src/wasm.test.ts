import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { wasmBytes } from './wasm.ts'

test('Node finds the WebAssembly by itself', async () => {
  expect([...(await wasmBytes(undefined)).subarray(0, 4)]).toEqual([0, 0x61, 0x73, 0x6d])
})

test('the page of a site, which answers for everything that is not there, is not taken for it', async () => {
  const page = 'data:text/html,<!doctype html>'
  await expect(wasmBytes(page)).rejects.toMatchObject({ kind: 'config', key: 'wasm', hint: expect.stringContaining('bundler') })
})

test('an address where nothing is, and a server that is away, say what to do, and are asked again', async () => {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.writeHead(404).end('not found')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sqlite.wasm`
  for (const _ of [1, 2]) await expect(wasmBytes(address)).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining('404') })
  expect(asked).toBe(2)
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await expect(wasmBytes(address)).rejects.toMatchObject({ kind: 'transient', message: expect.stringContaining(address) })
})
