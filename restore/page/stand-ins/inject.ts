/** What Node has without being asked for it. */
export { Buffer } from './buffer.ts'
