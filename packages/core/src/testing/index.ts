export { contract } from '../contract/version.ts'
export { eventualProvider, type EventualOptions } from './eventual-provider.ts'
export { fakeClock, type FakeClock } from './fake-clock.ts'
export type { Fault, FaultKind, FaultPlan, FaultScript, FaultyMethod, RandomFaults } from './fault-plan.ts'
export { faultyProvider, type FaultyCall, type FaultyOptions, type FaultyProvider } from './faulty-provider.ts'
export { memoryProvider, type MemoryOptions, type MemoryProvider, type MemoryStore } from './memory-provider.ts'
export {
  offersNothing,
  providerSuite,
  type FixtureAbility,
  type FixtureFault,
  type InjectedFault,
  type Need,
  type ProviderFixture,
  type ProviderSuiteToggles,
  type TestApi,
} from './provider-suite.ts'
export { memoryJournal, type MemoryJournal } from './memory-journal.ts'
export { seededRandom, type SeededRandom } from './seeded-random.ts'
export { trackFaults } from './track-faults.ts'
export { memorySource, type MemorySource } from './memory-source.ts'
export { retentionSuite, type RetentionSuiteOptions } from './retention-suite.ts'
export { sourceSuite, type SourceFixture, type SourceSuiteToggles, type SuiteFiles } from './source-suite.ts'
export { codecSuite, type CodecSample, type CodecSuiteOptions } from './codec-suite.ts'
export {
  validateProvider,
  type MeasuredCalls,
  type MeasuredOperation,
  type Observed,
  type PlaceFactory,
  type ValidatedTest,
  type ValidationOptions,
  type ValidationPlan,
  type ValidationReport,
} from './validate-provider.ts'
