export { type MeterProviderLike, openTelemetry, type OpenTelemetryOptions } from './open-telemetry.ts'
export { prometheus, type PrometheusMetrics, type PrometheusOptions } from './prometheus.ts'
