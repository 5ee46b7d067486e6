/** Nobody calls it: the page does not start from a command line. */
export const pathToFileURL = undefined
