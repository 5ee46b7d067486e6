/** What the commands show, for programs that want to look the same. */
export { bytesText, durationText, numberText, rateText } from './amounts.ts'
export { type EventSink, follow } from './follow.ts'
export type { Progress } from './progress-line.ts'
export { type Fact, type Output, type Screen, type ScreenOptions, createScreen } from './screen.ts'
export type { Column } from './table.ts'
export { shortPath } from './wrap.ts'
