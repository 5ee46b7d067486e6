import { Window } from 'happy-dom'

// Only what belongs to a document: requests, streams and timers stay those of Node, which the handler expects.
const window = new Window({ url: 'http://localhost/' })
const taken = ['document', 'navigator', 'HTMLElement', 'HTMLIFrameElement', 'Element', 'Node', 'Event', 'MutationObserver', 'getComputedStyle'] as const
for (const name of taken) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
Object.defineProperty(globalThis, 'window', { value: window, configurable: true, writable: true })
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
