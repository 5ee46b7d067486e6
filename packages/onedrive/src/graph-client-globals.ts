type Init = ConstructorParameters<typeof Request>

declare global {
  // The client of Microsoft is typed for browsers, whose library has these names and that of Node has not.
  type RequestInfo = Init[0]
  type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>
}

export {}
