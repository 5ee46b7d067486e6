import { type Task, carryOut } from './travel-page.ts'

interface WorkerScope {
  onmessage: (event: { readonly data: Task }) => void
  postMessage(message: unknown): void
}
const scope = globalThis as unknown as WorkerScope

scope.onmessage = ({ data }) => {
  carryOut(data).then(
    (found) => scope.postMessage({ found }),
    (error: unknown) => scope.postMessage({ error: error instanceof Error ? error.stack : String(error) }),
  )
}
