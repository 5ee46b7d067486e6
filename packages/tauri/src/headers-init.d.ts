/** The declarations of Tauri name it; it is of the DOM, which every webview has and Node's declarations have not. */
type HeadersInit = ConstructorParameters<typeof Headers>[0]
