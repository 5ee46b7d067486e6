import type { Answer, Question, Questions, Remark } from '../worker/protocol.ts'
// Made by the build: the worker as text.
import workerText from 'worker-text'

/** What cannot go on as it is, in words for whoever looks at the page. */
export class Trouble extends Error {}

const hints = {
  stop: '',
  damage: '\nThis part of the backup is damaged or missing. Every object is named by its check sum: copy the file of the same name ' +
    'from another copy of the backup, and begin again. Other snapshots may not need it.',
  crash: '\nThis should not happen. restore.mjs, which lies beside this page, does the same with Node.js.',
}

const worker = new Worker(URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' })))
let settle: { readonly resolve: (answer: never) => void; readonly reject: (error: Trouble) => void } | undefined
let hear: (remark: string) => void = () => {}

/** What is noticed on the way is told to this. */
export function onRemark(listener: (remark: string) => void): void {
  hear = listener
}

/** Asks the worker, one thing at a time. @throws Trouble */
export function ask<Asked extends Question>(question: Asked, ...given: Parameters<Questions[Asked]>): Promise<ReturnType<Questions[Asked]>> {
  return new Promise((resolve, reject) => {
    settle = { resolve: resolve as (answer: never) => void, reject }
    worker.postMessage([question, ...given])
  })
}

worker.onmessage = ({ data }: MessageEvent<Answer | Remark>) => {
  if ('remark' in data) return hear(data.remark)
  if ('answer' in data) return settle?.resolve(data.answer as never)
  const [kind, message] = Object.entries(data)[0] as [keyof typeof hints, string]
  settle?.reject(new Trouble(`${sentence(message)}${hints[kind]}`))
}

/** With a capital at its beginning, but where that is the name of an object. */
const sentence = (text: string): string => (/^\w+ /.test(text) ? `${text[0]!.toUpperCase()}${text.slice(1)}` : text)

worker.onerror = ({ message }) => {
  settle?.reject(new Trouble(`The browser has stopped the work: ${message || 'it may have had too little memory'}. Close other pages, or use another browser.`))
}
