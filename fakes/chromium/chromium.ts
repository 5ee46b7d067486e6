import { existsSync } from 'node:fs'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core'
import { judgeIsThere } from '../wire/judge-is-there.ts'
import type {} from './dom.d.ts'

/** Where Debian and its relatives put it. */
const executablePath = '/usr/bin/chromium'

/**
 * Registers a test that says whether there is a Chromium. Where there is none, tests that need it are left out and this one says so; where
 * everything must run, it fails.
 */
export function chromiumIsThere(): boolean {
  return judgeIsThere('chromium', existsSync(executablePath))
}

/** One browser without a window; pages of one context share what a browser keeps for a site. */
export interface OpenedChromium extends AsyncDisposable {
  readonly browser: Browser
  /** An empty page of a site of its own, as if it came by http from this machine. Nothing is sent anywhere. */
  site(page?: BuiltPage): Promise<{ readonly context: BrowserContext; readonly page: Page }>
  close(): Promise<void>
}

export interface BuiltPage {
  /** Runs before anything else. */
  readonly script?: string
  readonly html?: string
}

export async function openChromium(): Promise<OpenedChromium> {
  const browser = await chromium.launch({
    executablePath,
    // Tests run as root in containers, where the sandbox cannot start. They show no page but their own.
    chromiumSandbox: false,
    timeout: 120_000,
  })
  return {
    browser,
    async site({ script, html = '<!doctype html><title>a site</title>' } = {}) {
      const context = await browser.newContext()
      await context.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: html }))
      const page = await context.newPage()
      page.setDefaultTimeout(120_000)
      await page.goto('http://shop.localhost/')
      if (script !== undefined) await page.addScriptTag({ content: script })
      return { context, page }
    },
    close: () => browser.close(),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** Bundles a module for the browser; what it exports is `globalThis.built`. */
export async function buildScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'built',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}
