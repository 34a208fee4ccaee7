import type { AdminAct } from './admin.ts';
import { parseAdminCommand } from './admin-command.ts';
import type { PersonState } from './dialog.ts';
import { type Step, say } from './effect.ts';
import type { Input, PersonEvent } from './person-event.ts';

type AdminInput = Extract<Input, { type: 'admin' }>;

/** The act that an input asks for; undefined for all that changes nothing. */
export function actOf(input: Input): AdminAct | undefined {
  if (input.type !== 'admin') return undefined;
  const wish = parseAdminCommand(input.command, input.argument);
  return wish.act === 'menu' || wish.act === 'viewUser' || wish.act === 'explain' ? undefined : wish;
}

/** An admin is answered, and stays where they are in the conversation. */
export function onAdmin(state: PersonState, { admin }: PersonEvent, { command, argument }: AdminInput): Step {
  const wish = parseAdminCommand(command, argument);
  if (wish.act === 'menu') return [state, [say({ type: 'adminMenu' })]];
  if (wish.act === 'viewUser') return viewUser(state, wish.userId);
  if (wish.act === 'explain' || !admin) return [state, [say({ type: 'adminUsage', command })]];
  return [state, [say({ type: 'adminOutcome', ...admin })]];
}

/** Looking changes nothing, and is noted like every other act. */
const viewUser = (state: PersonState, subjectId: number): Step => [
  state,
  [{ type: 'audit', action: 'viewUser', subject: String(subjectId) }, say({ type: 'adminUser', subjectId })],
];
