export { cephIsInstalled, startCeph, type Ceph } from './ceph.ts'
export { startSwift, swiftIsInstalled, type Swift } from './swift.ts'
