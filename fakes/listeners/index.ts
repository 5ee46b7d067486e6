export { httpListener, type HttpListener, type ReceivedRequest } from './http-listener.ts'
export {
  smtpListener,
  type ReceivedMail,
  type SmtpFault,
  type SmtpListener,
  type SmtpListenerOptions,
  type SmtpStep,
} from './smtp-listener.ts'
