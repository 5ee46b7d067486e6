// `import '@backup/react/dashboard.css'` is this to the compiler, and the styles to everybody else.
export {}
