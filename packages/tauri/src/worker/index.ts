export type { MessageTarget } from './messages.ts'
export { pluginsFromWindow } from './plugins-from-window.ts'
export { servePlugins } from './serve-plugins.ts'
