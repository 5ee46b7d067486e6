export { httpListener, type HttpListener, type ReceivedRequest } from './http-listener.ts'
export { senderClock, type SenderClock, type SenderClockOptions } from './sender-clock.ts'
export {
  smtpListener,
  type ReceivedMail,
  type SmtpFault,
  type SmtpListener,
  type SmtpListenerOptions,
  type SmtpStep,
} from './smtp-listener.ts'
