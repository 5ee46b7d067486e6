import { vi } from 'vitest'

// These tests start processes, which takes its time on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 })
