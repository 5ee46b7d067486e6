export { certificate, type Certificate } from './certificate.ts'
export { connectProxy, type ConnectProxy } from './connect-proxy.ts'
export { fakeServer, type Answer, type FakeServer, type Fault, type Incoming, type IncomingHead } from './fake-server.ts'
export { rclone, rcloneIsInstalled, type Rclone, type RcloneSetup } from './rclone.ts'
