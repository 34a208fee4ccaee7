/** How the server says what is wrong with a prompt. */
export type ApiError = {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Record<string, unknown>;
};

export const apiError = (type: string, message: string, details: string, extra_info: Record<string, unknown> = {}): ApiError => ({
  type,
  message,
  details,
  extra_info,
});
