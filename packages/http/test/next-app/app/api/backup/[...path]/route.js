const handler = (request) => globalThis.backupHandler(request)

export { handler as GET, handler as POST }
export const dynamic = 'force-dynamic'
