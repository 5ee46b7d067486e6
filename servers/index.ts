export { isInstalled, startCeph, type Ceph } from './ceph.ts'
