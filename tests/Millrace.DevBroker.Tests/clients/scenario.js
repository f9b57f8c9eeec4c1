// What the scenarios of all clients share.

/** One line for the test that started this process. */
export function say (what, details) {
  console.log(`${what} ${details}`)
}

/** The test closes the input of a process that it wants to end in good order. */
export function whenInputEnds () {
  return new Promise(resolve => process.stdin.on('end', resolve).resume())
}

/** Asks again until it is so, or fails. */
export async function until (condition, timeoutMs = 30000) {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`It did not happen within ${timeoutMs} ms: ${condition}`)
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
