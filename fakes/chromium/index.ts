export { type BuiltPage, buildScript, chromiumIsThere, openChromium, type OpenedChromium } from './chromium.ts'
