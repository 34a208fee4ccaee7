import { isLoopback } from '../domain/loopback.ts';

export type BotSurroundings = {
  /** Of the parent, `.env` already read. */
  readonly environment: NodeJS.ProcessEnv;
  /** What the stand-ins add to it. */
  readonly added: Record<string, string>;
  readonly origin: string;
  readonly botPort: number;
  readonly adminId: number;
};

/** A hanging run shall be seen to be given up while somebody still looks; the slowest pace of the sandbox is 30 s. */
const comfyTimeoutSeconds = 45;

/** A lost notification, too, shall be seen to be made good. */
const reconcileSeconds = 15;

const isOfThisMachine = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && isLoopback(new URL(url).hostname);

/** The environment of the bot: all that the parent has, and what is missing there for a bot that is played around. */
export function botEnvironment({ environment, added, origin, botPort, adminId }: BotSurroundings): NodeJS.ProcessEnv {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return {
    ...environment,
    ...added,
    ...(added['COMFYUI_URL'] && { COMFYUI_TIMEOUT: given('COMFYUI_TIMEOUT') ?? String(comfyTimeoutSeconds) }),
    HOST: '127.0.0.1',
    PORT: String(botPort),
    // Telegram is here: no address of the outside is called, and none is told to call us.
    WEBHOOK_URL: isOfThisMachine(given('WEBHOOK_URL')) ? given('WEBHOOK_URL') : '',
    ...(added['YUKASSA_SHOP_ID'] && {
      PAYMENT_RECONCILE_SECONDS: given('PAYMENT_RECONCILE_SECONDS') ?? String(reconcileSeconds),
    }),
    PAYMENT_RETURN_URL: given('PAYMENT_RETURN_URL') ?? `${origin}/sandbox`,
    ADMIN_IDS: [given('ADMIN_IDS'), adminId].filter(Boolean).join(','),
  };
}
