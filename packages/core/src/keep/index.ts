export type { Age } from './age.ts'
export { type Anomaly, findAnomalies, type MeasuredSnapshot } from './anomalies.ts'
export {
  keepDaily,
  keepHourly,
  keepMonthly,
  keepQuarterHourly,
  keepWeekly,
  keepYearly,
  type Reach,
} from './calendar.ts'
export { combine } from './combine.ts'
export { fifteenYears } from './fifteen-years.ts'
export { forKind, forTag } from './filters.ts'
export { planRetention, type RetentionPlan } from './plan.ts'
export { keepLast, keepWithin } from './recent.ts'
export type { RetentionWarning } from './warnings.ts'
