import { type Context, type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { SessionMessage } from '../protocol.ts';
import { restartPolicies, restartWithBackoff } from '../supervision.ts';
import { onEvent, onFound, onSubmitted, submit, trust } from './followed-prompt.ts';
import { follow, isRefused, type Line, look, type Session, type SessionDeps, type SessionHouse } from './session-prompt.ts';
import { onTimeout, stopPrompt } from './stopped-prompt.ts';

/**
 * One connection to a ComfyUI server and the prompt on it. The WebSocket is the fast path, `/queue` and `/history` the truth. It
 * crashes when the connection is lost, after it has said how the prompt ended; it is restarted with a growing pause. Whatever it
 * crashed of, its gpu hears that it is down and has the next life look for the prompt.
 */
export const spawnSession = (parent: Parent, deps: SessionDeps): Ref<SessionMessage> => {
  const line: Line = { hangUp: () => {}, unheard: null };
  const session: Ref<SessionMessage> = spawn(parent, 'comfy-session', receiveWith(deps, line), {
    initialState: (): Session => ({ connection: null, followed: null }),
    onCrash: restartWithBackoff<SessionMessage>({
      ...{ policy: restartPolicies.session, clock: deps.clock, giveUp: 'escalate' },
      onError: error => {
        deps.observe({ step: 'crash:session', server: deps.comfy.server, error });
        line.hangUp();
        tell(deps.gpu, { type: 'sessionDown', refused: isRefused(error) });
      },
      beforeRestart: self => tell(self, { type: 'connect' }),
    }),
    afterStop: () => line.hangUp(),
  });
  tell(session, { type: 'connect' });
  return session;
};

const receiveWith =
  (deps: SessionDeps, line: Line) =>
  (session: Session, msg: SessionMessage, ctx: Context<SessionMessage>): Session => {
    const house: SessionHouse = { deps, session, self: ctx.self, line };
    switch (msg.type) {
      case 'connect':
        connect(house);
        break;
      case 'connected':
        session.connection = msg.connection;
        tell(deps.gpu, { type: 'sessionReady' });
        break;
      case 'refused':
        throw msg.error;
      case 'suspected':
        if (session.followed || !session.connection) break;
        throw msg.error;
      // Not connected in this life: it was told to an earlier one, and the gpu comes back to it.
      case 'execute':
        if (!session.connection) break;
        follow(house, msg.promptId, 'submitting');
        submit(house, msg.promptId, msg.graph);
        break;
      case 'watch':
        if (!session.connection) break;
        follow(house, msg.promptId, 'watched').wasThere = msg.wasThere;
        look(house, msg.promptId);
        break;
      case 'drop':
        if (session.followed?.promptId !== msg.promptId) {
          if (!session.connection) break;
          follow(house, msg.promptId, 'watched');
        }
        stopPrompt(house, 'dropped');
        break;
      case 'event':
        onEvent(house, msg.event);
        break;
      case 'submitted':
        onSubmitted(house, msg);
        break;
      case 'look':
        if (session.followed?.promptId === msg.promptId) look(house, msg.promptId);
        break;
      case 'found':
        onFound(house, msg);
        break;
      case 'timeout':
        if (session.followed?.promptId === msg.promptId) onTimeout(house, msg);
        break;
      default:
        msg satisfies never;
    }
    return session;
  };

function connect({ deps: { comfy }, self, line }: SessionHouse): void {
  let live = true;
  // Once we have hung up, what a connection still says is of an earlier life.
  const connecting = comfy.connect(event => live && tell(self, { type: 'event', event }));
  line.hangUp = () => {
    live = false;
    trust(line);
    connecting.then(
      ({ close }) => close(),
      () => {},
    );
  };
  connecting.then(
    connection => live && tell(self, { type: 'connected', connection }),
    (error: Error) => live && tell(self, { type: 'refused', error }),
  );
}
