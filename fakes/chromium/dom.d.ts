// The declarations of playwright-core name a few things of the DOM, which is not there in Node. Nothing here looks inside of them.

declare global {
  interface Node {}
  interface HTMLElement {}
  interface SVGElement {}
  interface HTMLElementTagNameMap {}
}

export {}
