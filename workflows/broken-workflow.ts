/** A workflow that cannot be used as it lies on disk. The message is one line: which one, and what of it. */
export class BrokenWorkflow extends Error {
  override readonly name = 'BrokenWorkflow';
}
