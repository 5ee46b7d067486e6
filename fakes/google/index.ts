export { fakeGoogle, type FakeGoogle, type FakeGoogleOptions } from './fake-google.ts'
export { reasons, refusal, refusalOf, type Reason } from './refusals.ts'
export { folderType, myDrive, type Behaviour, type Store, type StoredFile } from './store.ts'
export type { AccessToken, SignIn, TokenServer } from './tokens.ts'
