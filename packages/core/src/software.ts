/** Name and version of this package, as written into commits. A test holds it to package.json. */
export const software = '@backup/core 0.0.0'
