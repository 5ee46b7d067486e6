import { describe, expect, it } from 'vitest'
import { measureCommand } from './command.ts'

describe('measureCommand', () => {
  it('counts what the program and its children took', async () => {
    const { wallMs, cpuMs, peakBytes } = await measureCommand({
      program: 'bash',
      args: ['-c', 'bash -c "for ((i = 0; i < 200000; i++)); do :; done"; sleep 0.2'],
    })
    expect(wallMs).toBeGreaterThan(200)
    expect(cpuMs).toBeGreaterThan(20)
    expect(cpuMs).toBeLessThan(wallMs)
    expect(peakBytes).toBeGreaterThan(1_000_000)
  })

  it('hands on arguments, environment and folder as they are', async () => {
    const script = '[ "$1" = "two words" ] && [ "$WORD" = "a b" ] && [ "$PWD" = / ]'
    const command = {
      program: 'bash',
      args: ['-c', script, 'bash', 'two words'],
      cwd: '/',
      env: { WORD: 'a b' },
    }
    await expect(measureCommand(command)).resolves.toHaveProperty('wallMs')
    await expect(measureCommand({ ...command, env: { WORD: 'b' } })).rejects.toThrow('ended with 1')
  })

  it('fails with what the program said', async () => {
    const command = { program: 'bash', args: ['-c', 'echo no such repository >&2; exit 3'] }
    await expect(measureCommand(command)).rejects.toThrow(/ended with 3: no such repository/)
  })
})
