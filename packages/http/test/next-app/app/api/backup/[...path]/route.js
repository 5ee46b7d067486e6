const handler = (request) => globalThis.backupHandler(request)

// Next answers methods by itself that are not here.
export { handler as DELETE, handler as GET, handler as OPTIONS, handler as PATCH, handler as POST, handler as PUT }
export const dynamic = 'force-dynamic'
