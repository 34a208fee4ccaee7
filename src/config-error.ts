/** A variable that is missing or malformed. The message is one line: the variable, what it holds, what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
