import { expect, test } from 'vitest'
import { createScreen } from './screen.ts'

test('steps are numbered, and what belongs to them stands below', () => {
  const written: string[] = []
  const screen = createScreen({ write: (text) => written.push(String(text)) }, { env: {} })
  for (let step = 0; step < 10; step++) screen.step('Step')
  screen.say('done')
  expect(written.join('')).toContain('\n9 Step\n\n10 Step\n   done\n')
})
