type Listener = (text: string) => void
let listener: Listener = () => {}

/** What the program says on its terminal goes to this. */
export function listen(to: Listener): void {
  listener = to
}

const write = (text: string): void => listener(text)

export default { argv: [], platform: 'browser', stdout: { write }, stderr: { write, isTTY: false } }
